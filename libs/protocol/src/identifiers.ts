import { z } from 'zod';
import { CODE_LENGTH_MAX, NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX, TEXT_LENGTH_MAX } from './limits.js';

/**
 * The identity of a global transaction: a UUID of version 7 in lower case, minted by a coordinator. Its first 48 bits
 * are the milliseconds of its birth (RFC 9562, section 5.7).
 */
export const Xid = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'an xid is a UUID of version 7',
  );
export type Xid = z.infer<typeof Xid>;

/** When the transaction was begun, in milliseconds since 1970, by the clock of the coordinator that minted the xid. */
export function birthOf(xid: Xid): number {
  return Number.parseInt(xid.slice(0, 8) + xid.slice(9, 13), 16);
}

const name = (what: string) =>
  z
    .string()
    .min(1)
    .max(NAME_LENGTH_MAX)
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      `a ${what} starts with a letter or digit and holds letters, digits, ".", "_" and "-"`,
    );

/** The identity of a branch within its transaction, chosen by whoever registers it. */
export const BranchId = name('branchId');
export type BranchId = z.infer<typeof BranchId>;

/**
 * A service that takes part; it names a topic, so it holds what Kafka allows there. Not the ending of dead letter
 * topics: the commands to `stock.dlq` would go where the dead letters of `stock` go.
 */
export const Participant = name('participant').refine(
  (participant) => !participant.endsWith('.dlq'),
  'a participant does not end in ".dlq"',
);
export type Participant = z.infer<typeof Participant>;

/** What a participant reserves, for example `inventory.reserve`. */
export const Resource = name('resource');
export type Resource = z.infer<typeof Resource>;

/** What kind of transaction it is, for example `checkout`; it is a metric's label, so never put a number in it. */
export const TransactionName = name('name');

/** The initiator's own number for the transaction, for example an order number. */
export const Reference = z
  .string()
  .min(1)
  .max(REFERENCE_LENGTH_MAX)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'a reference holds no control characters and no half of a surrogate pair');

/** A reason's machine-readable half, for example `OUT_OF_STOCK`. */
export const Code = z
  .string()
  .max(CODE_LENGTH_MAX)
  .regex(/^[A-Z][A-Z0-9_]*$/, 'a code holds capital letters, digits and "_"');

/**
 * Makes any text fit to be stored: what is too long is cut, never refused. PostgreSQL takes no NUL in a text and no
 * half of a surrogate pair in JSON, such as a cut may leave.
 */
export function cleanText(text: string): string {
  const clean = text.replaceAll('\u0000', '');
  const short = clean.length <= TEXT_LENGTH_MAX ? clean : `${clean.slice(0, TEXT_LENGTH_MAX - 1)}…`;
  return short.replace(/\p{Cs}/gu, '\ufffd');
}

/** A text that is cleaned and cut where it is decoded. */
export const CleanText = z.string().transform(cleanText);
