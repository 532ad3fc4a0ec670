import { randomBytes } from 'node:crypto';
import type {
  Bus,
  Delivery,
  IncomingMessage,
  OutgoingMessage,
  SubscribeOptions,
  Subscription,
  Tail,
} from '@holdfast/bus';
import type { HoldfastParticipant, ParticipantOptions, TccHandler } from '@holdfast/participant';
import {
  FORMAT_VERSION,
  decode,
  type BranchDefinition,
  type CleanupQuestion,
  type Command,
  type Decision,
  type Inquiry,
  type Message,
  type Operation,
  type Reply,
} from '@holdfast/protocol';

/** Tests look after the fence when they want to. */
const SWEEP_INTERVAL_MS = 3_600_000;
const PUBLISHED = [
  'holdfast.reply',
  'holdfast.announcement',
  'holdfast.inquiry',
  'holdfast.cleanup-question',
] as const;

/**
 * Drives a participant without a broker: hands it commands in exactly the batches that a test wants, and collects its
 * replies. One driver stands for one process of the participant; several may share a database.
 */
export class ParticipantDriver {
  /** Every reply so far, in the order in which they were published. */
  readonly replies: Reply[] = [];
  /** While true, publishing rejects, as when the process ends between its commit and its replies. */
  losesReplies = false;
  /** What it asked the coordinators about its fence. */
  readonly inquiries: Inquiry[] = [];
  readonly cleanupQuestions: CleanupQuestion[] = [];
  /** What it sent to the dead letters. */
  readonly deadLetters: { readonly message: IncomingMessage; readonly reason: string }[] = [];
  readonly #bus = new DirectBus(
    (messages) => this.#take(messages),
    (message, reason) => void this.deadLetters.push({ message, reason }),
  );
  #participant: HoldfastParticipant | undefined;

  static async start(
    options: Omit<ParticipantOptions, 'bus'>,
    handlers: readonly TccHandler<BranchDefinition>[],
  ): Promise<ParticipantDriver> {
    // Late, because this package also starts databases in processes that have no use for Nest and TypeORM.
    const { HoldfastParticipant } = await import('@holdfast/participant');
    const driver = new ParticipantDriver();
    driver.#participant = new HoldfastParticipant(
      { sweepIntervalMs: SWEEP_INTERVAL_MS, ...options, bus: driver.#bus },
      handlers,
    );
    await driver.#participant.start();
    return driver;
  }

  get participant(): HoldfastParticipant {
    if (!this.#participant) throw new Error('The participant was not started');
    return this.#participant;
  }

  /**
   * Delivers commands as one batch.
   * @returns the replies that were published until the batch was done with; the lane's may come later.
   * @throws whatever would make the bus deliver the batch again.
   */
  async deliver(...commands: readonly Command[]): Promise<Reply[]> {
    const before = this.replies.length;
    await this.#bus.deliver(commands);
    return this.replies.slice(before);
  }

  /** Delivers what coordinators send besides commands. */
  async notify(
    ...notices: readonly Message<'holdfast.forgotten' | 'holdfast.cleanup-answer'>[]
  ): Promise<void> {
    await this.#bus.deliver(notices);
  }

  #take(messages: readonly OutgoingMessage[]): void {
    if (this.losesReplies) throw new Error('The replies were lost');
    for (const { headers, value } of messages) {
      const message = decode(PUBLISHED, headers, value);
      if (message.type === 'holdfast.reply') this.replies.push(message.body);
      if (message.type === 'holdfast.inquiry') this.inquiries.push(message.body);
      if (message.type === 'holdfast.cleanup-question') this.cleanupQuestions.push(message.body);
    }
  }
}

/** A branch of a test: its identity and the commands for it. */
export class TestBranch<B extends BranchDefinition> {
  readonly #attempts: Record<Operation, number> = { try: 0, confirm: 0, cancel: 0, force: 0 };

  constructor(
    readonly definition: B,
    readonly branchId = '1',
    readonly xid = newXid(),
  ) {}

  /** @param timeoutMs until the deadline, from now; below zero for a late one. */
  try(input: unknown, timeoutMs = 60_000): Command {
    return { ...this.#fields('try'), deadlineAt: Math.max(0, Date.now() + timeoutMs), input };
  }

  confirm(): Command {
    return { ...this.#fields('confirm') };
  }

  cancel(): Command {
    return { ...this.#fields('cancel') };
  }

  force(decision: Decision, evidence = 'Ticket 4711'): Command {
    return { ...this.#fields('force'), decision, evidence };
  }

  #fields<O extends Operation>(operation: O) {
    return {
      v: FORMAT_VERSION,
      xid: this.xid,
      branchId: this.branchId,
      resource: this.definition.resource,
      operation,
      attempt: ++this.#attempts[operation],
      issuedAt: Date.now(),
      replyPartition: 0,
    } as const;
  }
}

/**
 * An xid as a coordinator mints it: a UUID of version 7.
 * @param bornAt milliseconds since 1970.
 */
export function newXid(bornAt = Date.now()): string {
  const time = bornAt.toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** Hands what is delivered straight to its one subscriber. */
class DirectBus implements Bus {
  #handle: ((batch: readonly Delivery<unknown>[]) => Promise<void>) | undefined;

  constructor(
    private readonly onPublish: (messages: readonly OutgoingMessage[]) => void,
    private readonly onDeadLetter: (message: IncomingMessage, reason: string) => void,
  ) {}

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    this.onPublish(messages);
  }

  async subscribe<T>(options: SubscribeOptions<T>): Promise<Subscription> {
    this.#handle = (batch) => options.handle(batch as readonly Delivery<T>[]);
    return { assignment: () => [], ready: () => true, close: async () => undefined };
  }

  async deliver(bodies: readonly unknown[]): Promise<void> {
    const batch = bodies.map((body, position) => ({ message: messageAt(position), body }));
    await this.#handle?.(batch);
  }

  async deadLetter(message: IncomingMessage, reason: string): Promise<void> {
    this.onDeadLetter(message, reason);
  }

  async canPublish(): Promise<boolean> {
    return true;
  }

  async lag(): Promise<number[]> {
    return [];
  }

  async consumers(): Promise<number[]> {
    return [];
  }

  async tail(): Promise<Tail> {
    throw new Error('A participant reads nothing along');
  }

  async close(): Promise<void> {}
}

function messageAt(position: number): IncomingMessage {
  return { topic: 'direct', partition: 0, offset: String(position), key: null, headers: {}, value: null };
}
