import { branch, type BranchCall } from '@holdfast/client';
import type { Point } from '../point.js';
import { EQUAL_PARTICIPANTS, ROWS, doNothing, updateRow } from './equal-branches.js';
import type { Work } from './work.js';

/** The second participant is where all transactions meet if they are to: like the shop's one hot article. */
const HOT_PARTICIPANT = 1;

/** Branches that update one row each, or nothing. */
export class EqualWork implements Work {
  readonly #makers: readonly (() => BranchCall)[];

  constructor({ participants, branches, hot }: Pick<Point, 'participants' | 'branches' | 'hot'>) {
    this.#makers = EQUAL_PARTICIPANTS.slice(0, branches).map((participant, n) => {
      if (participants === 'nothing') {
        const nothing = doNothing(participant);
        return () => branch(nothing, {});
      }
      const update = updateRow(participant);
      const isHot = hot && n === HOT_PARTICIPANT;
      return () => branch(update, { row: isHot ? 1 : 1 + Math.floor(Math.random() * ROWS) });
    });
  }

  calls(): BranchCall[] {
    return this.#makers.map((make) => make());
  }
}
