import type { Bus } from '@holdfast/bus';
import type { DataSource } from 'typeorm';
import type { ParticipantObserver } from './participant-observer.js';
import type { FenceTimes } from './participant-options.js';

/** What looking after the fence works with. */
export interface SweepSettings extends FenceTimes {
  readonly participant: string;
  readonly bus: Bus;
  readonly dataSource: DataSource;
  readonly topicPrefix: string;
  readonly clockSkewMs: number;
  readonly observer: ParticipantObserver;
}
