import { setTimeout as delay } from 'node:timers/promises';
import { LAST_EVENT_ID_HEADER, TransactionDetail } from '@holdfast/protocol';
import { z } from 'zod';
import { CommandError, EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import { EventReader, type ServerSentEvent } from '../rest/server-sent-events.js';
import { printable } from '../text/printable.js';
import { flagsText } from './transaction-text.js';
import { transactionPath } from './transactions.js';

const RECONNECT_MS = 1_000;

/**
 * Prints what happens, to one transaction until it has ended, or to all until it is interrupted: a line each, as JSON
 * for programs. A stream that breaks goes on where it was.
 */
export async function watch(call: Call, xid: string | undefined, json: boolean): Promise<ExitCode> {
  const { coordinator, terminal } = call;
  const { signal } = terminal;
  const reader = new EventReader();
  const print = (event: ServerSentEvent) => terminal.print(json ? lineOf(event) : eventText(event));
  for (let connections = 0; !signal.aborted; connections++) {
    try {
      const id = reader.lastEventId;
      const headers: Record<string, string> = id === undefined ? {} : { [LAST_EVENT_ID_HEADER]: id };
      const chunks = await coordinator.stream('/v1/stream', headers, signal);
      // The stream is open by now, so nothing can happen between this look and its first event.
      if (xid !== undefined && (await hasEnded(call, xid, connections === 0 && !json))) return EXIT.ok;
      for await (const chunk of chunks)
        for (const event of reader.take(chunk)) {
          if (xid !== undefined && xidOf(event) !== xid) continue;
          print(event);
          if (xid !== undefined && event.type === 'ended') return EXIT.ok;
        }
    } catch (error) {
      if (signal.aborted) break;
      // A refusal stays one; only what did come about may break and come again.
      if (connections === 0 && error instanceof CommandError) throw error;
    }
    await delay(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
  return EXIT.ok;
}

async function hasEnded({ coordinator, terminal }: Call, xid: string, say: boolean): Promise<boolean> {
  const { body } = await coordinator.get(transactionPath(xid), TransactionDetail);
  const flags = flagsText(body);
  if (say) terminal.print(`${xid} is ${body.phase}${flags === null ? '' : `, ${flags}`}`);
  return body.endedAt !== null;
}

function lineOf({ type, data }: ServerSentEvent): string {
  return JSON.stringify({ ...(JSON.parse(data) as object), type });
}

function xidOf({ data }: ServerSentEvent): string | undefined {
  return (JSON.parse(data) as { xid?: string }).xid;
}

/** What is shown of an event, whatever else newer coordinators tell. Times are milliseconds since 1970. */
const ShownEvent = z.object({
  xid: z.string().optional(),
  name: z.string().optional(),
  at: z.number().optional(),
  endedAt: z.number().optional(),
  outcome: z.string().optional(),
  branchId: z.string().nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  reason: z.union([z.string(), z.object({ code: z.string(), message: z.string() })]).nullish(),
});

function eventText({ type, data }: ServerSentEvent): string {
  const shown = ShownEvent.safeParse(JSON.parse(data)).data;
  if (!shown) return printable(`${type}  ${data}`);
  const { reason } = shown;
  const at = shown.at ?? shown.endedAt;
  const why = typeof reason === 'object' && reason ? `${reason.code}: ${reason.message}` : reason;
  const parts = [
    at === undefined ? undefined : new Date(at).toISOString(),
    ...[shown.xid, shown.name, [type, shown.outcome].filter(Boolean).join(' ')],
    ...[shown.branchId && `branch ${shown.branchId}`, shown.code, shown.message, why],
  ];
  return printable(parts.filter(Boolean).join('  '));
}
