import { z } from 'zod';
import { CleanupAnswer, CleanupQuestion, Forgotten, Inquiry } from './fence-messages.js';
import { Announcement, Command, Ended, Notice, Reply } from './messages.js';

/**
 * A message as it goes over the bus. Its type stands in a header, since readers choose by it before they look at the
 * body; what else a CloudEvent has, only messages for strangers carry: see `encodeEvent`. Each
 * header is paid for at every hop. Measured over the ten hops of a transaction: docs/decisions/0003.
 */
export interface Envelope {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

export const MESSAGE_TYPE_HEADER = 'ce_type';

/** The kinds of message, by their CloudEvents type. */
const SCHEMAS = {
  'holdfast.command': Command,
  'holdfast.reply': Reply,
  'holdfast.announcement': Announcement,
  'holdfast.ended': Ended,
  'holdfast.notice': Notice,
  'holdfast.inquiry': Inquiry,
  'holdfast.forgotten': Forgotten,
  'holdfast.cleanup-question': CleanupQuestion,
  'holdfast.cleanup-answer': CleanupAnswer,
} as const;
export type MessageType = keyof typeof SCHEMAS;
export type MessageOf<T extends MessageType> = z.infer<(typeof SCHEMAS)[T]>;

/** A decoded message, told apart by its type. */
export type Message<T extends MessageType = MessageType> = {
  [K in T]: { readonly type: K; readonly body: MessageOf<K> };
}[T];

/** One for each type, so that no message makes its own. */
const HEADERS = Object.fromEntries(
  Object.keys(SCHEMAS).map((type) => [type, Object.freeze({ [MESSAGE_TYPE_HEADER]: type })]),
) as unknown as Record<MessageType, Envelope['headers']>;

/** Wraps a message between coordinators and participants. */
export function encode<T extends MessageType>(type: T, body: MessageOf<T>, key: string): Envelope {
  return { key, headers: HEADERS[type], value: JSON.stringify(body) };
}

/**
 * Wraps a message for anyone: a CloudEvent 1.0 in Kafka's binary mode, whose attributes are headers.
 * @param source who sends it, for example `coordinator/<instance>`.
 * @param id tells repeats of the same message apart from others of its source.
 */
export function encodeEvent<T extends MessageType>(
  type: T,
  body: MessageOf<T>,
  key: string,
  source: string,
  id: string,
): Envelope {
  const headers = {
    ce_specversion: '1.0',
    ...HEADERS[type],
    ce_source: source,
    ce_id: id,
    'content-type': 'application/json',
  };
  return { key, headers, value: JSON.stringify(body) };
}

/** What can't be decoded: it goes to the dead letters with this text as the reason. */
export class UndecodableMessage extends Error {
  override readonly name = 'UndecodableMessage';
}

/**
 * Reads a message of one of the expected types and checks it by its schema.
 * @throws UndecodableMessage with a reason a person can act on.
 */
export function decode<T extends MessageType>(
  expected: readonly T[],
  headers: Readonly<Record<string, string>>,
  value: { toString(): string } | null,
): Message<T> {
  const type = headers[MESSAGE_TYPE_HEADER] as T | undefined;
  if (type === undefined || !expected.includes(type)) {
    throw new UndecodableMessage(
      `header ${MESSAGE_TYPE_HEADER} is ${JSON.stringify(type)}, expected ${expected.join(' or ')}`,
    );
  }
  if (value === null) throw new UndecodableMessage('the message has no body');
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch (error) {
    throw new UndecodableMessage(`the body is no JSON: ${(error as Error).message}`);
  }
  const parsed = SCHEMAS[type].safeParse(json);
  if (!parsed.success)
    throw new UndecodableMessage(`the body does not fit ${type}: ${z.prettifyError(parsed.error)}`);
  return { type, body: parsed.data } as Message<T>;
}
