import type { Bus } from '@holdfast/bus';
import type { DataSource } from 'typeorm';
import type { ParticipantObserver } from './participant-observer.js';

export interface ParticipantOptions {
  /** The name of this service, which names its command topic. */
  readonly participant: string;
  /** Closed by whoever made it, after the participant has stopped. */
  readonly bus: Bus;
  /** The participant's own PostgreSQL database, with `fenceMigrations` among its migrations. */
  readonly dataSource: DataSource;
  /** `holdfast` unless given. */
  readonly topicPrefix?: string;
  /** How long one call of a handler's method may take unless its resource says otherwise. 5,000 ms unless given. */
  readonly handlerTimeoutMs?: number;
  /**
   * How far this database's clock may run ahead of the coordinators' before a Try that is in time counts as late.
   * 1,000 ms unless given.
   */
  readonly clockSkewMs?: number;
  /**
   * How long a row may stay frozen past its deadline before the coordinators are asked about it; if they do not say,
   * they are asked again after twice that time, and so on. 30,000 ms unless given; 1 s to 1 h.
   */
  readonly graceMs?: number;
  /**
   * How long the row of a settled branch stays, and how old a command may be whose branch has no row. At most the
   * coordinators' HISTORY_RETENTION less its margin, or rows stay for good. 7 days unless given; 1 h to 365 days.
   */
  readonly retentionMs?: number;
  /** How often the fence is looked after, in the background. 5,000 ms unless given; 100 ms to 1 h. */
  readonly sweepIntervalMs?: number;
  /** Told what happens, for metrics and logs. */
  readonly observer?: ParticipantObserver;
}

/** A time that may be chosen, in milliseconds: what it is unless given, the least and the most. */
interface TimeLimits {
  readonly unlessGiven: number;
  readonly min: number;
  readonly max: number;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;

const FENCE_TIMES = {
  graceMs: { unlessGiven: 30 * SECOND_MS, min: SECOND_MS, max: HOUR_MS },
  retentionMs: { unlessGiven: 7 * DAY_MS, min: HOUR_MS, max: 365 * DAY_MS },
  sweepIntervalMs: { unlessGiven: 5 * SECOND_MS, min: 100, max: HOUR_MS },
} satisfies Record<string, TimeLimits>;
export type FenceTimes = Readonly<Record<keyof typeof FENCE_TIMES, number>>;

/** @throws Error that names the option and its limits. */
export function fenceTimesOf(options: ParticipantOptions): FenceTimes {
  const time = (name: keyof typeof FENCE_TIMES): number => {
    const { unlessGiven, min, max } = FENCE_TIMES[name];
    const chosen = options[name] ?? unlessGiven;
    if (chosen >= min && chosen <= max) return chosen;
    throw new Error(`${name} is ${chosen}; it must be from ${min} to ${max} milliseconds`);
  };
  return {
    graceMs: time('graceMs'),
    retentionMs: time('retentionMs'),
    sweepIntervalMs: time('sweepIntervalMs'),
  };
}
