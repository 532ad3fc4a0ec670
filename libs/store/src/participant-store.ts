import { cleanText } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import type { AnnouncedResource } from './resource-store.js';
import {
  EXCHANGE,
  LIST_PARTICIPANTS,
  NOTE_READERS,
  PAUSE_PARTICIPANT,
  RESUME_PARTICIPANT,
} from './sql/participants.js';

/** What all coordinators know of a participant, times in milliseconds since 1970. */
export interface ParticipantState {
  readonly name: string;
  readonly lastAnswerAt: number | null;
  /** Since when it does not answer, so that its work waits; null if it does. */
  readonly setAsideSince: number | null;
  /** Since when it is known that nobody reads its commands; null if somebody does, or nobody has looked. */
  readonly unreadSince: number | null;
  readonly paused: { readonly since: number; readonly actor: string; readonly reason: string } | null;
}

/** The same with what it announced. */
export interface AnnouncedParticipant extends ParticipantState {
  readonly resources: readonly (Omit<AnnouncedResource, 'participant'> & {
    readonly sdkVersion: string;
    readonly announcedAt: number;
  })[];
}

/** What a coordinator has learnt: when a participant answered it last, or null if it does not answer. */
export interface ParticipantNews {
  readonly name: string;
  readonly answeredAt: number | null;
}

/** Whether anybody reads the commands of a participant. */
export interface ReadersFound {
  readonly name: string;
  readonly isRead: boolean;
}

interface ParticipantRow {
  readonly name: string;
  readonly last_answer_at: number | null;
  readonly set_aside_since: number | null;
  readonly unread_since: number | null;
  readonly paused_at: number | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
}

/** The rows in which coordinators tell each other of participants. */
export class ParticipantStore {
  private readonly database: Database;

  constructor(dataSource: DataSource) {
    this.database = new Database(dataSource);
  }

  /**
   * Tells what is new here, no name twice, and reads how all participants stand after that.
   * @param silenceMs whoever has answered anybody within this time is not set aside.
   */
  async exchange(news: readonly ParticipantNews[], silenceMs: number): Promise<ParticipantState[]> {
    const rows = await this.database.run<ParticipantRow>({ name: 'exchange-participants', text: EXCHANGE }, [
      news.map(({ name }) => name),
      news.map(({ answeredAt }) => answeredAt),
      silenceMs,
    ]);
    return rows.map(stateOf);
  }

  /** Tells all who is read, no name twice. @returns how those stand after it. */
  async noteReaders(found: readonly ReadersFound[]): Promise<ParticipantState[]> {
    const rows = await this.database.run<ParticipantRow>(NOTE_READERS, [
      found.map(({ name }) => name),
      found.map(({ isRead }) => isRead),
    ]);
    return rows.map(stateOf);
  }

  /** Coordinators send it nothing from now on. One that is paused already stays so as it was. Audited either way. */
  async pause(name: string, actor: string, reason: string): Promise<ParticipantState> {
    const rows = await this.database.run<ParticipantRow>(PAUSE_PARTICIPANT, [name, actor, cleanText(reason)]);
    return stateOf(rows[0] as ParticipantRow);
  }

  /** Audited either way. @returns undefined if it has no row, and so was not paused. */
  async resume(name: string, actor: string, reason: string): Promise<ParticipantState | undefined> {
    const [row] = await this.database.run<ParticipantRow>(RESUME_PARTICIPANT, [
      name,
      actor,
      cleanText(reason),
    ]);
    return row && stateOf(row);
  }

  /** All that have announced themselves, or of which anything is known, by name. */
  async list(): Promise<AnnouncedParticipant[]> {
    const rows = await this.database.run<ParticipantRow & Pick<AnnouncedParticipant, 'resources'>>(
      LIST_PARTICIPANTS,
    );
    return rows.map((row) => ({ ...stateOf(row), resources: row.resources }));
  }
}

function stateOf(row: ParticipantRow): ParticipantState {
  const { name, last_answer_at, set_aside_since, unread_since, paused_at, paused_by, pause_reason } = row;
  return {
    name,
    lastAnswerAt: last_answer_at,
    setAsideSince: set_aside_since,
    unreadSince: unread_since,
    paused:
      paused_at === null ? null : { since: paused_at, actor: paused_by ?? '', reason: pause_reason ?? '' },
  };
}
