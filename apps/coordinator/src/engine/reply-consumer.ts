import { TRACE_PARENT_HEADER, traced } from '@holdfast/bus';
import type { Bus, Delivery, IncomingMessage, Subscription, TracedWork } from '@holdfast/bus';
import { findBranch } from '@holdfast/core';
import type { Event, Transaction } from '@holdfast/core';
import { decode } from '@holdfast/protocol';
import type { Announcement, Message, Reply, Topics } from '@holdfast/protocol';
import type { FenceQuestion, FenceQuestions } from '../fences/fence-questions.js';
import type { DatabaseClock } from './database-clock.js';
import type { Engine } from './engine.js';
import type { Input, InputResult } from './input.js';
import type { ParticipantWatch } from './participant-watch.js';
import type { ReplyAddress } from './reply-address.js';
import type { ResourceRegistry } from './resource-registry.js';

const EXPECTED = [
  'holdfast.reply',
  'holdfast.announcement',
  'holdfast.inquiry',
  'holdfast.cleanup-question',
] as const;
type Incoming = Message<(typeof EXPECTED)[number]>;

/** Whoever says this has not answered, but hangs. */
const HANGS: readonly string[] = ['HANDLER_TIMEOUT', 'FENCE_TIMEOUT'];

/** What a participant's answer means to the transaction. */
function eventOf(reply: Reply, at: number): Event {
  const { branchId } = reply;
  switch (reply.outcome) {
    case 'tried':
      return { type: 'tried', at, branchId, answer: reply.answer, reported: false };
    case 'refused':
      return { type: 'refused', at, branchId, code: reply.code, message: reply.message, reported: false };
    case 'failed': {
      const { operation, code, message } = reply;
      return { type: 'failed', at, branchId, operation, code, message };
    }
    case 'contradiction':
      return { type: 'contradiction', at, branchId, operation: reply.operation, fence: reply.fence };
    case 'forced':
      return { type: 'forced', at, branchId, fence: reply.fence, settled: reply.settled };
    case 'confirmed':
    case 'cancelled':
      return { type: reply.outcome, at, branchId };
  }
}

function workOf({ outcome, xid, branchId, attempt }: Reply, traceParent: string): TracedWork {
  return traced(`reply ${outcome}`, 'consumer', traceParent, { xid, branch: branchId, attempt });
}

/** Takes what participants send: answers go to the engine, announcements to the registry, questions to the desks. */
export class ReplyConsumer {
  private subscription: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly topics: Topics,
    private readonly clock: DatabaseClock,
    private readonly engine: Engine,
    private readonly registry: ResourceRegistry,
    private readonly participants: Pick<ParticipantWatch, 'answered'>,
    private readonly address: ReplyAddress,
    private readonly questions: FenceQuestions,
  ) {}

  async start(): Promise<void> {
    this.subscription = await this.bus.subscribe<Incoming>({
      group: this.topics.replyGroup,
      topics: [this.topics.reply],
      decode: (message: IncomingMessage) => decode(EXPECTED, message.headers, message.value),
      handle: (batch) => this.handle(batch),
    });
    this.address.follow(this.subscription);
  }

  async stop(): Promise<void> {
    await this.subscription?.close();
  }

  ready(): boolean {
    return this.subscription?.ready() ?? false;
  }

  /** Resolves once all answers are applied; rejects if that is unknown of one, so that the batch comes again. */
  private async handle(batch: readonly Delivery<Incoming>[]): Promise<void> {
    const replies: Reply[] = [];
    const works: TracedWork[] = [];
    const questions: FenceQuestion[] = [];
    for (const { message, body } of batch) {
      if (body.type === 'holdfast.reply') {
        replies.push(body.body);
        const traceParent = message.headers[TRACE_PARENT_HEADER];
        if (traceParent !== undefined) works.push(workOf(body.body, traceParent));
      } else if (body.type === 'holdfast.announcement') await this.announced(body.body);
      else questions.push(body);
    }
    await Promise.all([
      replies.length > 0 && this.apply(replies).finally(() => works.forEach((work) => work.end())),
      questions.length > 0 && this.questions.answer(questions),
    ]);
  }

  private apply(replies: readonly Reply[]): Promise<void> {
    const at = this.clock.now();
    return new Promise((resolve, reject) => {
      let open = replies.length;
      let failure: Error | undefined;
      const settle = (reply: Reply, result: InputResult) => {
        if (result.type === 'failed') failure = result.error;
        if (result.type === 'applied') this.noteAnswer(reply, result.transaction, at);
        if (--open > 0) return;
        if (failure) reject(failure);
        else resolve();
      };
      this.engine.enqueue(
        replies.map((reply): Input => ({
          xid: reply.xid,
          event: eventOf(reply, at),
          settle: (result) => settle(reply, result),
        })),
      );
    });
  }

  private async announced(announcement: Announcement): Promise<void> {
    await this.registry.announced(announcement);
    this.participants.answered(announcement.participant, this.clock.now());
  }

  private noteAnswer(reply: Reply, transaction: Transaction, at: number): void {
    if (reply.outcome === 'failed' && HANGS.includes(reply.code)) return;
    const branch = findBranch(transaction, reply.branchId);
    if (branch) this.participants.answered(branch.participant, at);
  }
}
