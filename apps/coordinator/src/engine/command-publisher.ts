import { TRACE_PARENT_HEADER, traced } from '@holdfast/bus';
import type { OutgoingMessage } from '@holdfast/bus';
import { decisionOf, findBranch, isForced } from '@holdfast/core';
import type { Attempts, Branch, Effect, ForceProgress, Transaction } from '@holdfast/core';
import { FORMAT_VERSION, birthOf, encode, encodeEvent } from '@holdfast/protocol';
import type {
  Command,
  Decision,
  Ended,
  Inquiry,
  MessageOf,
  Notice,
  Operation,
  Topics,
} from '@holdfast/protocol';
import type { CommandPace } from './command-pace.js';
import type { ReplyAddress } from './reply-address.js';

/** Every attempt links to the trace of the begin, however late it is. */
function withinTrace(message: OutgoingMessage, command: Command, traceParent: string): OutgoingMessage {
  const { operation, resource, xid, branchId, attempt } = command;
  const work = traced(`send ${operation} ${resource}`, 'producer', traceParent, {
    xid,
    branch: branchId,
    attempt,
  });
  work.end();
  return { ...message, headers: { ...message.headers, [TRACE_PARENT_HEADER]: work.traceParent } };
}

function attemptsOf(
  { try: first, settle, force }: Branch,
  operation: Operation,
): Pick<Attempts, 'attempts' | 'lastAt'> {
  if (operation !== 'force') return operation === 'try' ? first : settle;
  const { attempts, lastAt, requestedAt } = force as ForceProgress;
  // To a participant that was given up it was never sent, until it came back and asked.
  return { attempts: Math.max(1, attempts), lastAt: lastAt ?? requestedAt };
}

function orderOf(transaction: Transaction, { force }: Branch): { decision: Decision; evidence: string } {
  return {
    decision: decisionOf(transaction) as Decision,
    evidence: (force as ForceProgress).evidence,
  };
}

/** Turns what a transition asks for into messages on the bus. */
export class CommandPublisher {
  private readonly source: string;

  constructor(
    private readonly pace: CommandPace,
    private readonly topics: Topics,
    instance: string,
    private readonly replyAddress: ReplyAddress,
  ) {
    this.source = `coordinator/${instance}`;
  }

  /** The commands and notices among the effects of a step. */
  messages(transaction: Transaction, effects: readonly Effect[]): OutgoingMessage[] {
    const messages: OutgoingMessage[] = [];
    for (const effect of effects) {
      if (effect.type === 'notify') messages.push(this.event(transaction, effect));
      const branch = effect.type === 'send' ? findBranch(transaction, effect.branchId) : undefined;
      if (effect.type === 'send' && branch)
        messages.push(this.command(transaction, branch, effect.operation));
    }
    return messages;
  }

  /** The Cancel of a frozen branch that no coordinator knows: as old as its transaction, whose birth the xid tells. */
  cancelUnknown({
    xid,
    branchId,
    resource,
    participant,
  }: Inquiry['branches'][number] & Pick<Inquiry, 'participant'>): OutgoingMessage {
    const body: Command = {
      v: FORMAT_VERSION,
      xid,
      branchId,
      resource,
      operation: 'cancel',
      attempt: 1,
      issuedAt: birthOf(xid),
      replyPartition: this.replyAddress.partition(),
    };
    return { topic: this.topics.command(participant), ...encode('holdfast.command', body, xid) };
  }

  /** What a participant is told besides commands. */
  notice<T extends 'holdfast.forgotten' | 'holdfast.cleanup-answer'>(
    type: T,
    body: MessageOf<T>,
    participant: string,
  ): OutgoingMessage {
    return { topic: this.topics.command(participant), ...encode(type, body, participant) };
  }

  /** Resolves once the bus has acknowledged all of them. */
  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.pace.publish(messages);
  }

  /** Publishes the ends of transactions; only then may the ends be saved. */
  publishEnded(transactions: readonly Transaction[]): Promise<void> {
    return this.pace.publish(transactions.map((transaction) => this.ended(transaction)));
  }

  /** Resolves when nothing waits to be published. */
  idle(): Promise<void> {
    return this.pace.idle();
  }

  private command(transaction: Transaction, branch: Branch, operation: Operation): OutgoingMessage {
    const { xid, deadlineAt, traceParent } = transaction;
    const { branchId, resource, input } = branch;
    const { attempts, lastAt } = attemptsOf(branch, operation);
    const order = operation === 'force' ? orderOf(transaction, branch) : undefined;
    // One literal for all, written out: JSON leaves out what is undefined.
    const body = {
      v: FORMAT_VERSION,
      xid,
      branchId,
      resource,
      attempt: attempts,
      issuedAt: lastAt as number,
      replyPartition: this.replyAddress.partition(),
      operation,
      deadlineAt: operation === 'try' ? deadlineAt : undefined,
      input: operation === 'try' ? input : undefined,
      decision: order?.decision,
      evidence: order?.evidence,
    } as Command;
    const { key, headers, value } = encode('holdfast.command', body, xid);
    const message = { topic: this.topics.command(branch.participant), key, headers, value, packs: true };
    return traceParent === undefined ? message : withinTrace(message, body, traceParent);
  }

  private event(transaction: Transaction, effect: Extract<Effect, { type: 'notify' }>): OutgoingMessage {
    const { xid, name, reference } = transaction;
    const { notice, at, branchId, code, message } = effect;
    const body: Notice = {
      v: FORMAT_VERSION,
      type: notice,
      xid,
      name,
      reference,
      at,
      branchId,
      code,
      message,
    };
    const id = `${xid}/${notice}/${at}`;
    return { topic: this.topics.event, ...encodeEvent('holdfast.notice', body, xid, this.source, id) };
  }

  private ended(transaction: Transaction): OutgoingMessage {
    const { xid, name, reference, reason, beganAt, decidedAt, endedAt } = transaction;
    const body: Ended = {
      v: FORMAT_VERSION,
      type: 'ended',
      xid,
      name,
      reference,
      outcome: transaction.phase === 'confirmed' ? 'confirmed' : 'cancelled',
      forced: isForced(transaction) || undefined,
      reason,
      beganAt,
      decidedAt: decidedAt as number,
      endedAt: endedAt as number,
    };
    return {
      topic: this.topics.event,
      ...encodeEvent('holdfast.ended', body, xid, this.source, `${xid}/ended`),
    };
  }
}
