import type { ParticipantNews, ParticipantState, ParticipantStore, ReadersFound } from '@holdfast/store';

/** Who has answered anybody within this time is not said to be silent, in milliseconds. */
export const SILENCE_MS = 3_000;
/** How often news are told to the other coordinators, in milliseconds: one answer a second is news enough. */
const TELL_EVERY_MS = 1_000;
/** How often the rows are read where there is nothing to tell, in milliseconds. */
const READ_EVERY_MS = 2_000;

/**
 * Who is paused and who does not answer, as all coordinators tell each other in shared rows. Whatever is asked on the
 * way of a transaction is answered from memory. All times are the database's.
 */
export class ParticipantWatch {
  private readonly pausedNames = new Set<string>();
  private readonly silentNames = new Set<string>();
  private readonly backNames = new Set<string>();
  private readonly unreadNames = new Set<string>();
  /** The last answer to anybody, as far as it is known here. */
  private readonly answerAt = new Map<string, number>();
  private readonly answerCounts = new Map<string, number>();
  /** The last answer that the rows tell. */
  private readonly toldAnswerAt = new Map<string, number>();
  /** Found to be silent here, which the rows do not tell yet. */
  private untoldSilent = new Set<string>();
  private exchangedAt = -Infinity;

  constructor(
    private readonly store: Pick<ParticipantStore, 'exchange' | 'noteReaders' | 'pause' | 'resume'>,
  ) {}

  /** Nothing is sent to these. */
  get paused(): ReadonlySet<string> {
    return this.pausedNames;
  }

  /** These do not answer: their work waits, but for a few commands that keep asking. */
  get setAside(): ReadonlySet<string> {
    return this.silentNames;
  }

  /** Nobody reads the commands of these. */
  get withoutConsumer(): ReadonlySet<string> {
    return this.unreadNames;
  }

  /** It has answered, or announced itself. Called for each answer, so it costs a step or two in memory. */
  answered(name: string, at: number): void {
    this.answerAt.set(name, at);
    this.answerCounts.set(name, (this.answerCounts.get(name) ?? 0) + 1);
    if (this.silentNames.size > 0) this.comesBack(name);
    if (this.unreadNames.size > 0) this.unreadNames.delete(name);
  }

  /** How often each has answered here since the start. */
  get answers(): ReadonlyMap<string, number> {
    return this.answerCounts;
  }

  /** When it answered anybody last, as far as it is known here; before all times if it never did. */
  lastAnswerAt(name: string): number {
    return this.answerAt.get(name) ?? -Infinity;
  }

  /** Answers of it are overdue: it is set aside, unless it has answered somebody just now. */
  overdue(name: string, at: number): void {
    if (this.silentNames.has(name) || at - this.lastAnswerAt(name) < SILENCE_MS) return;
    this.silentNames.add(name);
    this.untoldSilent.add(name);
  }

  /** Those whose work may go on, since they answer again or were resumed; each is told once. */
  takeBack(): string[] {
    const back = [...this.backNames].filter((name) => !this.pausedNames.has(name));
    this.backNames.clear();
    return back;
  }

  /** Somebody has looked who is read: tells the others what has changed. */
  async noteReaders(found: readonly ReadersFound[]): Promise<void> {
    const news = found.filter(({ name, isRead }) => this.unreadNames.has(name) === isRead);
    if (news.length > 0) for (const state of await this.store.noteReaders(news)) this.learn(state);
  }

  /** Holds all commands to it: here at once, elsewhere within two seconds. */
  async pause(name: string, actor: string, reason: string): Promise<ParticipantState> {
    const state = await this.store.pause(name, actor, reason);
    this.learn(state);
    return state;
  }

  /** Its commands go on. @returns undefined if nothing is known of it. */
  async resume(name: string, actor: string, reason: string): Promise<ParticipantState | undefined> {
    const state = await this.store.resume(name, actor, reason);
    if (state) this.learn(state);
    return state;
  }

  /** Tells the others and reads what they know, at most once a second. @param now any clock's. */
  async tick(now: number): Promise<void> {
    const everyMs =
      this.untoldSilent.size > 0 || this.untoldAnswers().length > 0 ? TELL_EVERY_MS : READ_EVERY_MS;
    if (now - this.exchangedAt < everyMs) return;
    this.exchangedAt = now;
    await this.exchange();
  }

  /** Tells the others and reads what they know. What could not be told is told the next time. */
  async exchange(): Promise<void> {
    const silent = [...this.untoldSilent].map((name) => ({ name, answeredAt: null }));
    const states = await this.store.exchange([...this.untoldAnswers(), ...silent], SILENCE_MS);
    for (const { name } of silent) this.untoldSilent.delete(name);
    for (const state of states) this.learn(state);
  }

  private untoldAnswers(): ParticipantNews[] {
    const news: ParticipantNews[] = [];
    for (const [name, answeredAt] of this.answerAt) {
      const told = this.toldAnswerAt.get(name) ?? -Infinity;
      if (answeredAt - told >= TELL_EVERY_MS && !this.untoldSilent.has(name)) news.push({ name, answeredAt });
    }
    return news;
  }

  private learn({ name, paused, lastAnswerAt, setAsideSince, unreadSince }: ParticipantState): void {
    if (paused) this.pausedNames.add(name);
    else if (this.pausedNames.delete(name)) this.backNames.add(name);
    if (lastAnswerAt !== null) {
      this.toldAnswerAt.set(name, lastAnswerAt);
      if (lastAnswerAt > this.lastAnswerAt(name)) this.answerAt.set(name, lastAnswerAt);
    }
    if (unreadSince !== null && unreadSince > this.lastAnswerAt(name)) this.unreadNames.add(name);
    else this.unreadNames.delete(name);
    if (setAsideSince !== null && setAsideSince > this.lastAnswerAt(name)) this.silentNames.add(name);
    else if (!this.untoldSilent.has(name)) this.comesBack(name);
  }

  private comesBack(name: string): void {
    if (!this.silentNames.delete(name)) return;
    this.untoldSilent.delete(name);
    this.backNames.add(name);
  }
}
