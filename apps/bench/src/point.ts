/** Who carries out the branches: the shop's services, or participants of equal work, which update a row or nothing. */
export const PARTICIPANTS = ['rows', 'nothing', 'shop'] as const;
export type Participants = (typeof PARTICIPANTS)[number];

/**
 * How an initiator runs a transaction: declared or branch by branch through the client library, or declared by one
 * REST request each.
 */
export const WAYS = ['declared', 'interactive', 'rest'] as const;
export type Way = (typeof WAYS)[number];

/** A closed loop begins the next transaction when one has ended; an open one begins them at their times. */
export type Load =
  | { readonly kind: 'closed'; readonly inFlight: number }
  | { readonly kind: 'open'; readonly perSecond: number };

/** An open loop at a part of what closed loops before it have ended in a second. */
export interface LoadOfCeiling {
  readonly kind: 'share';
  readonly ofCeiling: number;
}

/** What is to be measured. */
export type PlannedPoint = Omit<Point, 'load'> & { readonly load: Load | LoadOfCeiling };

/** What is put on a system in one measurement. */
export interface Point {
  readonly participants: Participants;
  readonly way: Way;
  readonly branches: 2 | 4;
  readonly load: Load;
  /** Every transaction takes the same row or article of one participant, instead of one of 10,000 by chance. */
  readonly hot: boolean;
  /** So many coordinators take the load, each as much as it says; one unless given. */
  readonly coordinators?: number;
}

export function describeLoad(load: Load, coordinators = 1): string {
  const one = load.kind === 'closed' ? `${load.inFlight} in flight` : `${load.perSecond} a second`;
  return coordinators === 1 ? one : `${coordinators} x ${one}`;
}

export function describePoint({ participants, way, branches, load, hot, coordinators }: Point): string {
  return `${participants}, ${way}, ${branches} branches, ${describeLoad(load, coordinators)}${hot ? ', one hot row' : ''}`;
}
