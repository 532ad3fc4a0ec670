import { HttpProblem } from '@holdfast/service';
import type { Actor } from './actor.js';

/**
 * That the caller may speak for this participant: a credential with the role `participant` speaks for its own only.
 * @throws a problem if he may not.
 */
export function expectSpeaksFor(actor: Actor, participant: string): void {
  if (actor.role !== 'participant' || actor.participant === participant) return;
  throw HttpProblem.of(
    'FORBIDDEN',
    `The credential is bound to participant ${actor.participant}, and the branch is of ${participant}.`,
  );
}
