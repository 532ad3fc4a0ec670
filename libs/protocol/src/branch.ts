import type { z } from 'zod';
import { Participant, Resource } from './identifiers.js';

/**
 * What initiator and participant agree on about one kind of branch: whom it goes to, what a Try gets (`input`), and
 * what it leaves behind for Confirm and Cancel (`reservation`, which is also what the initiator is answered).
 */
export interface BranchDefinition<I extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly resource: string;
  readonly participant: string;
  readonly input: I;
  readonly reservation: R;
}

/** What a Try of this kind of branch gets. */
export type Input<B extends BranchDefinition> = z.output<B['input']>;
/** What an initiator passes; defaults of the schema may be left out. */
export type InputGiven<B extends BranchDefinition> = z.input<B['input']>;
/** What a Try of this kind of branch leaves for its Confirm or Cancel. */
export type Reservation<B extends BranchDefinition> = z.output<B['reservation']>;

/**
 * Defines a kind of branch. Input and reservation travel as JSON: their schemas must describe JSON (amounts beyond
 * 2^53 as text, for example).
 * @throws ZodError if the names are not allowed.
 */
export function defineBranch<I extends z.ZodType, R extends z.ZodType>(
  definition: BranchDefinition<I, R>,
): BranchDefinition<I, R> {
  Participant.parse(definition.participant);
  Resource.parse(definition.resource);
  return definition;
}
