import { TRACE_PARENT_HEADER, traced, type IncomingMessage, type OutgoingMessage } from '@holdfast/bus';
import type { Command } from '@holdfast/protocol';
import type { Answer } from './branch-command.js';

/** A command that belongs to a trace says so, and since when it is here; most belong to none. */
type TracedCommand = Command & { readonly traceParent?: string; readonly arrivedAt?: number };

export function withTrace(command: Command, { headers }: Pick<IncomingMessage, 'headers'>): TracedCommand {
  const traceParent = headers[TRACE_PARENT_HEADER];
  return traceParent === undefined ? command : { ...command, traceParent, arrivedAt: Date.now() };
}

/** The reply, and in the command's trace the work that led to it. */
export function withinTrace(command: TracedCommand, answer: Answer, reply: OutgoingMessage): OutgoingMessage {
  const { traceParent, arrivedAt, operation, resource, xid, branchId, attempt } = command;
  if (traceParent === undefined) return reply;
  const { outcome } = answer;
  const attributes = { xid, branch: branchId, attempt, outcome };
  const work = traced(`${operation} ${resource}`, 'consumer', traceParent, attributes, arrivedAt);
  work.end(answer.outcome === 'failed' ? answer.code : undefined);
  return { ...reply, headers: { ...reply.headers, [TRACE_PARENT_HEADER]: work.traceParent } };
}
