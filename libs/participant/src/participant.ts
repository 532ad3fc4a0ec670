import type { BranchDefinition, InputGiven, Reservation } from '@holdfast/protocol';
import type { TccHandler } from './handler.js';
import type { ParticipantOptions } from './participant-options.js';

/** What came of a Try that the participant did itself. */
export type LocalAnswer<B extends BranchDefinition> =
  | { readonly outcome: 'tried'; readonly answer: Reservation<B> }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** A running participant: takes commands from the bus, judges them by the fence, and answers. */
export class HoldfastParticipant {
  constructor(
    protected readonly options: ParticipantOptions,
    protected readonly handlers: readonly TccHandler<BranchDefinition>[],
  ) {}

  /** Subscribes to the participant's commands and announces its resources. */
  async start(): Promise<void> {}

  /** Whether commands are being received. */
  ready(): boolean {
    return false;
  }

  /** Lets the running batch end and leaves the group. */
  async stop(): Promise<void> {}

  /**
   * Runs a Try of one's own, for a participant that was called directly with an xid and has registered its branch:
   * under the same fence, by the same handler, in an SQL transaction of its own.
   * @param deadlineAt milliseconds since 1970 after which it is refused; none unless given.
   * @throws whatever the handler throws: the outcome is unknown then, and the call may be repeated.
   */
  async tryLocally<B extends BranchDefinition>(
    _xid: string,
    _branchId: string,
    _definition: B,
    _input: InputGiven<B>,
    _deadlineAt?: number,
  ): Promise<LocalAnswer<B>> {
    throw new Error('not there yet');
  }
}
