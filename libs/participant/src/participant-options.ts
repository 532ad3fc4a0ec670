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
  /** Told what happens, for metrics and logs. */
  readonly observer?: ParticipantObserver;
}
