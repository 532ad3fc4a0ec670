import type { EndCounts } from './end-counts.js';
import { Rate } from './rate.js';

/** As much is taken on as ends in this time, and as much may wait for a participant as it answers in this one. */
const ENDED_WITHIN_S = 1;
const ANSWERED_WITHIN_S = 2;
/** Fewer than this part of what is taken on in any case make no participant slow, however quiet it is. */
const SLOW_PART = 16;
/** What is said of when to come back, in seconds. */
const RETRY_AFTER_S_MAX = 10;

/** How many more may wait for a participant, and how many had ended with it when that was counted. */
interface Room {
  places: number;
  readonly endedBefore: number;
}

/** Nothing more may be begun at the moment: at all, or with this participant. */
export interface Refusal {
  readonly participant: string | null;
  readonly retryAfterSeconds: number;
}

/** A begin that was taken on. */
export class Place {
  /**
   * @param participants whose answers it will wait for.
   * @param isInFlight whether it counts as going on, and not against participants that are slow alone.
   */
  constructor(
    readonly participants: readonly string[],
    public isInFlight: boolean,
  ) {}
}

/**
 * Bounds the work in flight of one coordinator. What is counted are transactions that go on; those that only
 * wait for participants which answer too slowly for what waits for them count against these alone. So a participant
 * that is slow or away fills its own bound, and nobody else's.
 *
 * Both bounds are measured: as much as ends, or is answered, within a fixed time, but never less than `min`. With that
 * what was taken on ends in about this time, however much more comes.
 */
export class Admission {
  /** Begins that were taken and are not in memory yet. */
  private readonly taking = new Set<Place>();
  private counted = 0;
  private endedBefore = 0;
  private readonly refusedFor = { coordinator: 0, participant: 0 };
  private countedAt: number | undefined;
  private readonly ends = new Rate();
  private readonly refusals = new Rate();
  private readonly answers = new Map<string, Rate>();
  private waitingFor: ReadonlyMap<string, number> = new Map();
  /** How many more may wait for these; of others as many as come. */
  private readonly rooms = new Map<string, Room>();

  /** @param endCounts as of now, whenever they are read. */
  constructor(
    private readonly min: number,
    private readonly endCounts: EndCounts,
  ) {}

  /** Transactions that go on, as of now. */
  get inFlight(): number {
    return Math.max(0, this.counted - (this.endCounts.total - this.endedBefore));
  }

  get limit(): number {
    return Math.max(this.min, Math.round(this.ends.perSecond * ENDED_WITHIN_S));
  }

  /** How many wait for an answer of each participant, as last counted. */
  get waiting(): ReadonlyMap<string, number> {
    return this.waitingFor;
  }

  /** Begins that were not taken on since the start, by whose bound was full. */
  get refusedSoFar(): Readonly<Record<'coordinator' | 'participant', number>> {
    return this.refusedFor;
  }

  /** Takes a begin on, whose place has to be given to `taken`; or says why not, to be given to `refused`. */
  take(participants: Iterable<string>): Place | Refusal {
    const names = [...new Set(participants)];
    const full = names.find((name) => this.isFull(name));
    if (full !== undefined) return this.refusal(full, this.waitingFor.get(full) ?? 0, this.rateOf(full));
    if (this.inFlight >= this.limit)
      return this.refusal(null, this.inFlight + this.refusals.perSecond, this.ends.perSecond);
    for (const name of names) {
      const room = this.rooms.get(name);
      if (room) room.places -= 1;
    }
    const place = new Place(names, this.goesOn(names));
    this.taking.add(place);
    if (place.isInFlight) this.counted += 1;
    return place;
  }

  /** A begin was turned down for this: it repeats nothing that was begun before. */
  refused({ participant }: Refusal): void {
    this.refusedFor[participant === null ? 'coordinator' : 'participant'] += 1;
  }

  /** A begin that was taken on is in memory, or came to nothing. */
  taken(place: Place, begun: boolean): void {
    this.taking.delete(place);
    if (!begun && place.isInFlight) this.counted -= 1;
  }

  /**
   * Counts anew.
   * @param waits for each transaction in memory that has something to do, the participants whose answers it waits for.
   * @param answers how many each participant has given this instance since its start.
   * @param now in milliseconds, of any clock.
   */
  count(waits: readonly (readonly string[])[], answers: ReadonlyMap<string, number>, now: number): void {
    const seconds = this.countedAt === undefined ? 0 : (now - this.countedAt) / 1000;
    this.countedAt = now;
    this.ends.look(this.endCounts.total, seconds);
    this.refusals.look(this.refusedFor.coordinator, seconds);
    for (const [name, total] of answers) this.answerRate(name).look(total, seconds);
    const all = [...waits, ...[...this.taking].map(({ participants }) => participants)];
    this.waitingFor = tally(all);
    this.rooms.clear();
    for (const [name, waiting] of this.waitingFor) this.bound(name, waiting);
    for (const place of this.taking) place.isInFlight = this.goesOn(place.participants);
    this.counted = all.filter((names) => this.goesOn(names)).length;
    this.endedBefore = this.endCounts.total;
  }

  private bound(name: string, waiting: number): void {
    const answered = this.rateOf(name) * ANSWERED_WITHIN_S;
    if (waiting <= Math.max(Math.floor(this.min / SLOW_PART), answered)) return;
    const places = Math.max(this.min, Math.round(answered)) - waiting;
    this.rooms.set(name, { places, endedBefore: this.endCounts.of(name) });
  }

  private refusal(participant: string | null, ahead: number, perSecond: number): Refusal {
    const seconds = Math.ceil(ahead / perSecond) || 1;
    return { participant, retryAfterSeconds: Math.min(RETRY_AFTER_S_MAX, seconds) };
  }

  /** Whether what waits for these waits for others than participants that have a bound of their own, or for nobody. */
  private goesOn(participants: readonly string[]): boolean {
    return participants.length === 0 || participants.some((name) => !this.rooms.has(name));
  }

  /** Each that has ended since the look makes room for another at once, or a burst on idle participants were refused. */
  private isFull(participant: string): boolean {
    const room = this.rooms.get(participant);
    return room !== undefined && room.places + this.endCounts.of(participant) - room.endedBefore <= 0;
  }

  private rateOf(participant: string): number {
    return this.answers.get(participant)?.perSecond ?? 0;
  }

  private answerRate(participant: string): Rate {
    const rate = this.answers.get(participant) ?? new Rate();
    this.answers.set(participant, rate);
    return rate;
  }
}

function tally(waits: readonly (readonly string[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const names of waits) for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
