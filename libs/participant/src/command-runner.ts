import { topics, type Command, type Operation } from '@holdfast/protocol';
import type { Bus, Delivery, IncomingMessage, OutgoingMessage } from '@holdfast/bus';
import { byBranch, roundsOf, type Answer } from './branch-command.js';
import { FailedLane } from './failed-lane.js';
import { FailedOperations } from './failed-operations.js';
import type { CommandGroup, FenceSettings } from './group-attempt.js';
import { runGroup, type GroupOutcome } from './group-runner.js';
import { replyMessage } from './reply.js';
import type { ResourceHandler } from './resource-handler.js';
import { withinTrace } from './traced-command.js';

/**
 * Branches in one SQL transaction where the handler has no batch form. Each Try then has a savepoint, and PostgreSQL
 * slows down for everybody when an SQL transaction holds more than 64 of them that have written.
 */
const SINGLES_MAX = 50;

/** Why a command goes to the dead letters. */
const EXPIRED =
  'The command is older than the retention of the fence, and its branch has no row: whether it is a repeat cannot be told.';

/** What ends a transaction goes first: it frees what the next Tries may want. */
const ORDER: readonly Operation[] = ['force', 'confirm', 'cancel', 'try'];

export interface CommandRunnerOptions extends FenceSettings {
  readonly bus: Bus;
  readonly participant: string;
  readonly topicPrefix: string;
  /** By resource. */
  readonly handlers: ReadonlyMap<string, ResourceHandler>;
}

/** A command in the lane keeps what arrived. */
type LaneCommand = Command & { readonly message: IncomingMessage };

/** What a batch has come to so far. */
interface Outbox {
  readonly deliveries: readonly Delivery<Command>[];
  readonly replies: OutgoingMessage[];
  readonly expired: IncomingMessage[];
}

function messageOf({ deliveries }: Outbox, command: Command): IncomingMessage {
  return (deliveries.find(({ body }) => body === command) as Delivery<Command>).message;
}

/** Takes the commands of a batch to the fence and their answers to the bus. */
export class CommandRunner {
  readonly #options: CommandRunnerOptions;
  readonly #replyTopic: string;
  readonly #failed = new FailedOperations();
  readonly #lane = new FailedLane<LaneCommand>((command) => this.#runInLane(command));

  constructor(options: CommandRunnerOptions) {
    this.#options = options;
    this.#replyTopic = topics(options.topicPrefix).reply;
  }

  /**
   * Resolves when all commands of the batch are answered, dropped as repeats, in the lane, or among the dead letters.
   * @throws DatabaseAway, or what the bus threw: the batch has to be delivered again, and the fence makes that harmless.
   */
  async handle(batch: readonly Delivery<Command>[]): Promise<void> {
    const { observer } = this.#options;
    observer.batch?.(batch.length);
    const outbox: Outbox = { deliveries: batch, replies: [], expired: [] };
    try {
      for (const round of roundsOf(batch.map(({ body }) => body))) await this.#runRound(round, outbox);
    } catch (error) {
      observer.databaseAway?.(error);
      throw error;
    }
    await this.#send(outbox);
  }

  /** Lets what runs in the lane end; what waits there is sent again by its coordinator. */
  async close(): Promise<void> {
    await this.#lane.close();
  }

  async #runRound(round: readonly Command[], outbox: Outbox): Promise<void> {
    const outcome: GroupOutcome<Command> = {
      answered: (command, answer) => this.#answered(command, answer, outbox),
      setAside: (commands) => commands.forEach((command) => this.#toLane(command, outbox)),
    };
    const ready: Command[] = [];
    for (const command of round) {
      if (this.#failed.has(command) || this.#lane.holds(command)) this.#toLane(command, outbox);
      else ready.push(command);
    }
    for (const group of this.#groupsOf(ready, outcome)) await runGroup(group, this.#options, outcome);
  }

  /**
   * Groups by operation and resource. Each has its own SQL transaction: one that ran the Confirms after the Tries would
   * lock the same rows in two passes, and two instances of the participant would deadlock on hot rows all the time.
   */
  #groupsOf(commands: readonly Command[], outcome: GroupOutcome<Command>): CommandGroup<Command>[] {
    const kinds: Record<Operation, Map<string, Command[]>> = {
      force: new Map(),
      confirm: new Map(),
      cancel: new Map(),
      try: new Map(),
    };
    for (const command of commands) {
      const byResource = kinds[command.operation];
      const group = byResource.get(command.resource);
      if (group) group.push(command);
      else byResource.set(command.resource, [command]);
    }
    return ORDER.flatMap((operation) => [...kinds[operation].values()]).flatMap((group) =>
      this.#cut(group, outcome),
    );
  }

  #cut(commands: Command[], outcome: GroupOutcome<Command>): CommandGroup<Command>[] {
    const { operation, resource } = commands[0] as Command;
    const handler = this.#options.handlers.get(resource);
    if (!handler) {
      for (const command of commands) outcome.answered(command, this.#noHandler(command));
      return [];
    }
    commands.sort(byBranch);
    if (handler.takesMany(operation)) return [{ handler, operation, commands }];
    const groups: CommandGroup<Command>[] = [];
    for (let start = 0; start < commands.length; start += SINGLES_MAX)
      groups.push({ handler, operation, commands: commands.slice(start, start + SINGLES_MAX) });
    return groups;
  }

  #noHandler(command: Command): Answer {
    const { operation, resource } = command;
    const { participant, observer } = this.#options;
    const message = `${participant} has no handler for ${resource}`;
    observer.failed?.(operation, resource, 'NO_HANDLER', message, command);
    return { outcome: 'failed', code: 'NO_HANDLER', message };
  }

  #answered(command: Command, answer: Answer, outbox: Outbox): void {
    this.#failed.note(command, answer.outcome === 'failed');
    if (answer.outcome === 'expired') outbox.expired.push(messageOf(outbox, command));
    else {
      const reply = replyMessage(this.#replyTopic, command, answer);
      outbox.replies.push(withinTrace(command, answer, reply));
    }
  }

  async #send({ replies, expired }: Outbox): Promise<void> {
    const { bus } = this.#options;
    if (replies.length > 0) await bus.publish(replies);
    await Promise.all(expired.map((message) => bus.deadLetter(message, EXPIRED)));
  }

  #toLane(command: Command, outbox: Outbox): void {
    const { operation, resource } = command;
    if (!this.#lane.offer({ ...command, message: messageOf(outbox, command) }))
      this.#options.observer.dropped?.(operation, resource);
  }

  async #runInLane(command: LaneCommand): Promise<void> {
    const { handlers, observer } = this.#options;
    const handler = handlers.get(command.resource) as ResourceHandler;
    const deliveries = [{ message: command.message, body: command }];
    const outbox: Outbox = { deliveries, replies: [], expired: [] };
    try {
      await runGroup({ handler, operation: command.operation, commands: [command] }, this.#options, {
        answered: (_, answer) => this.#answered(command, answer, outbox),
        setAside: () => undefined,
      });
      await this.#send(outbox);
    } catch (error) {
      // Nobody is told anything, so it is sent again.
      observer.databaseAway?.(error);
    }
  }
}
