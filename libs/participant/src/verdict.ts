import type { FenceState, Operation } from '@holdfast/protocol';

/** What is to be done with a command, given the state of its branch's fence row. */
export type Verdict =
  /** Run the handler. */
  | 'run'
  /** Bring the two-step form that was begun to its end. */
  | 'resume'
  /** Bring the Try that was begun to an answer, then run the handler. */
  | 'resumeThenRun'
  /** Answer what was answered before. */
  | 'replay'
  /** Refuse: this Try came after its Cancel. */
  | 'suspended'
  /** A Cancel with nothing to give back: leave the tombstone that refuses a late Try. */
  | 'emptyCancel'
  /** A Cancel of a Try that was refused: there is nothing to give back. */
  | 'acknowledge'
  /** Answer that the command contradicts the fence. */
  | 'contradiction'
  /** End the branch by force: no Confirm or Cancel of it acts any more. */
  | 'force'
  /** A force where nothing is: leave the row that refuses a late Try. */
  | 'emptyForce';

export const VERDICTS: Record<Operation, Record<FenceState | 'absent', Verdict>> = {
  try: {
    absent: 'run',
    trying: 'resume',
    tried: 'replay',
    refused: 'replay',
    confirming: 'replay',
    confirmed: 'replay',
    cancelling: 'suspended',
    cancelled: 'suspended',
    forced: 'replay',
  },
  confirm: {
    absent: 'contradiction',
    trying: 'contradiction',
    tried: 'run',
    refused: 'contradiction',
    confirming: 'resume',
    confirmed: 'replay',
    cancelling: 'contradiction',
    cancelled: 'contradiction',
    forced: 'replay',
  },
  cancel: {
    absent: 'emptyCancel',
    trying: 'resumeThenRun',
    tried: 'run',
    refused: 'acknowledge',
    confirming: 'contradiction',
    confirmed: 'contradiction',
    cancelling: 'resume',
    cancelled: 'replay',
    forced: 'replay',
  },
  force: {
    absent: 'emptyForce',
    trying: 'force',
    tried: 'force',
    refused: 'force',
    confirming: 'force',
    confirmed: 'replay',
    cancelling: 'force',
    cancelled: 'replay',
    forced: 'replay',
  },
};
