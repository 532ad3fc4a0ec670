import {
  BranchId,
  Participant,
  TOPIC_PREFIX_DEFAULT,
  Xid,
  birthOf,
  decode,
  topics,
  type BranchDefinition,
  type Command,
  type InputGiven,
  type Reservation,
} from '@holdfast/protocol';
import type { Delivery, Subscription } from '@holdfast/bus';
import { announcementMessage } from './announcement.js';
import type { Answer, BranchCommand } from './branch-command.js';
import { CommandRunner, type CommandRunnerOptions } from './command-runner.js';
import { FenceSweeper, type FenceNotice } from './fence-sweeper.js';
import type { TccHandler } from './handler.js';
import { LocalTries } from './local-tries.js';
import { logged } from './participant-log.js';
import { fenceTimesOf, type ParticipantOptions } from './participant-options.js';
import { RecentTries } from './recent-tries.js';
import { ResourceHandler } from './resource-handler.js';
import { checkDatabase } from './start-checks.js';
import { withTrace } from './traced-command.js';

const HANDLER_TIMEOUT_MS_DEFAULT = 5_000;
const CLOCK_SKEW_MS_DEFAULT = 1_000;

const EXPECTED = ['holdfast.command', 'holdfast.forgotten', 'holdfast.cleanup-answer'] as const;

/** What came of a Try that the participant did itself. */
export type LocalAnswer<B extends BranchDefinition> =
  | { readonly outcome: 'tried'; readonly answer: Reservation<B> }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** A running participant: takes commands from the bus, judges them by the fence, and answers. */
export class HoldfastParticipant {
  readonly #settings: CommandRunnerOptions;
  readonly #runner: CommandRunner;
  readonly #localTries: LocalTries;
  readonly #sweeper: FenceSweeper;
  #subscription: Subscription | undefined;

  /** @throws Error if a handler's class is not marked, or its branch is another participant's or another handler's. */
  constructor(options: ParticipantOptions, handlers: readonly TccHandler<BranchDefinition>[]) {
    const participant = Participant.parse(options.participant);
    const { handlerTimeoutMs = HANDLER_TIMEOUT_MS_DEFAULT } = options;
    const times = fenceTimesOf(options);
    this.#settings = {
      participant,
      bus: options.bus,
      dataSource: options.dataSource,
      topicPrefix: options.topicPrefix ?? TOPIC_PREFIX_DEFAULT,
      clockSkewMs: options.clockSkewMs ?? CLOCK_SKEW_MS_DEFAULT,
      retentionMs: times.retentionMs,
      recentTries: new RecentTries(),
      observer: logged(options.observer ?? {}),
      handlers: byResource(
        participant,
        handlers.map((handler) => new ResourceHandler(handler, handlerTimeoutMs)),
      ),
    };
    this.#runner = new CommandRunner(this.#settings);
    this.#localTries = new LocalTries(this.#settings);
    this.#sweeper = new FenceSweeper({ ...this.#settings, ...times });
  }

  /**
   * Subscribes to the participant's commands and announces its resources.
   * @throws Error with a sentence that says what to do, if the fence table, a topic or a connection is missing.
   */
  async start(): Promise<void> {
    const { bus, dataSource, participant, topicPrefix, handlers } = this.#settings;
    await checkDatabase(dataSource);
    const names = topics(topicPrefix);
    this.#subscription = await bus.subscribe({
      group: names.commandGroup(participant),
      topics: [names.command(participant)],
      decode: (incoming) => {
        const message = decode(EXPECTED, incoming.headers, incoming.value);
        return message.type === 'holdfast.command' ? withTrace(message.body, incoming) : message;
      },
      handle: (batch) => this.#handle(batch),
    });
    this.#sweeper.start();
    const definitions = [...handlers.values()].map(({ definition }) => definition);
    try {
      await bus.publish([announcementMessage(participant, definitions, topicPrefix)]);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Whether commands are being received. */
  ready(): boolean {
    return this.#subscription?.ready() ?? false;
  }

  /** Lets the running batch end and leaves the group. */
  async stop(): Promise<void> {
    await this.#sweeper.stop();
    await this.#subscription?.close();
    await this.#runner.close();
  }

  /**
   * One bounded round of looking after the fence: asks the coordinators about branches that are frozen past their
   * deadlines, and about rows that may go. It runs by itself every `sweepIntervalMs`; tests may call it.
   */
  sweep(): Promise<void> {
    return this.#sweeper.tick();
  }

  async #handle(batch: readonly Delivery<Command | FenceNotice>[]): Promise<void> {
    const commands = batch.filter(isCommand);
    if (commands.length > 0) await this.#runner.handle(commands);
    if (commands.length === batch.length) return;
    await this.#sweeper.take(batch.filter((each) => !isCommand(each)).map(({ body }) => body as FenceNotice));
  }

  /**
   * Runs a Try of one's own, for a participant that was called directly with an xid and has registered its branch:
   * under the same fence and by the same handler. Those that are called at the same time share an SQL transaction.
   * @param deadlineAt milliseconds since 1970 after which it is refused; none unless given.
   * @throws whatever the handler throws: the outcome is unknown then, and the call may be repeated.
   */
  async tryLocally<B extends BranchDefinition>(
    xid: string,
    branchId: string,
    definition: B,
    input: InputGiven<B>,
    deadlineAt?: number,
  ): Promise<LocalAnswer<B>> {
    const handler = this.#settings.handlers.get(definition.resource);
    if (!handler) throw new Error(`${this.#settings.participant} has no handler for ${definition.resource}`);
    const command: BranchCommand = {
      xid: Xid.parse(xid),
      branchId: BranchId.parse(branchId),
      resource: definition.resource,
      operation: 'try',
      input,
      issuedAt: birthOf(xid),
      ...(deadlineAt !== undefined && { deadlineAt }),
    };
    return localAnswer(await this.#localTries.run(handler, command));
  }
}

function isCommand(delivery: Delivery<Command | FenceNotice>): delivery is Delivery<Command> {
  return !('type' in delivery.body);
}

function localAnswer<B extends BranchDefinition>(answer: Answer | undefined): LocalAnswer<B> {
  if (answer?.outcome === 'tried') return { outcome: 'tried', answer: answer.answer as Reservation<B> };
  if (answer?.outcome === 'refused') return answer;
  if (answer?.outcome === 'failed')
    throw new Error(`${answer.code}: ${answer.message}`, { cause: answer.cause });
  if (answer?.outcome === 'expired')
    return { outcome: 'refused', code: 'DEADLINE_PASSED', message: 'This transaction is long over' };
  throw new Error('Whether the Try took effect is unknown; the same call again tells');
}

function byResource(
  participant: string,
  handlers: readonly ResourceHandler[],
): ReadonlyMap<string, ResourceHandler> {
  const found = new Map<string, ResourceHandler>();
  for (const handler of handlers) {
    const { resource, definition } = handler;
    if (definition.participant !== participant)
      throw new Error(`${resource} is a branch of ${definition.participant}, not of ${participant}`);
    if (found.has(resource)) throw new Error(`${resource} has two handlers`);
    found.set(resource, handler);
  }
  return found;
}
