import { openSendings } from '@holdfast/core';
import type { Engine } from './engine.js';
import type { HeldTransactions } from './held-transactions.js';
import type { ParticipantWatch } from './participant-watch.js';

/**
 * As many commands ask a participant that does not answer, each time. As long as no more of them are overdue, each
 * goes by its own backoff and nothing is set aside.
 */
const PROBES = 5;
const PROBE_EVERY_MS = 2_000;
/** Transactions of a participant that answers again which go on in the first tick; each time it answered, twice as many do. */
const RETURN_FIRST = 25;
const RETURN_MAX = 200;
/** The most that are put off in one tick. */
const PUT_OFF_MAX = 500;

/** The work of a participant that answers again, or was resumed, and has not gone on yet. */
interface Returning {
  readonly xids: string[];
  portion: number;
  sentAt: number;
}

/**
 * Sees to it that a participant which does not answer holds up nobody: its work waits, a few commands keep asking, and
 * once it answers anybody its work goes on, a portion at a time.
 */
export class SetAsideWork {
  private readonly returning = new Map<string, Returning>();
  private probedAt = -Infinity;

  constructor(
    private readonly held: HeldTransactions,
    private readonly participants: ParticipantWatch,
    private readonly engine: Pick<Engine, 'enqueue'>,
  ) {}

  /**
   * Wakes what is due, first what somebody waits for who answers. What only waits for silent participants is put off,
   * so much at a time that it delays nothing else.
   */
  wake(at: number): void {
    const due = this.held.dueAt(at);
    this.noticeSilence(due, at);
    const waiting: string[] = [];
    const awake: string[] = [];
    for (const xid of due) (this.waitsForSilentOnly(xid, at) ? waiting : awake).push(xid);
    const woken = [...awake, ...waiting.slice(0, PUT_OFF_MAX)];
    if (woken.length > 0) this.engine.enqueue(woken.map((xid) => ({ xid, event: { type: 'woken', at } })));
  }

  /** Asks the silent, and lets go on what waited for those who answer again. */
  recall(at: number): void {
    for (const name of this.participants.takeBack()) this.returns(name);
    for (const [name, returning] of this.returning) this.sendPortion(name, returning, at);
    if (at - this.probedAt < PROBE_EVERY_MS) return;
    this.probedAt = at;
    for (const name of this.participants.setAside)
      if (!this.participants.paused.has(name)) this.send(name, this.waitingFor(name).slice(0, PROBES), at);
  }

  private noticeSilence(due: readonly string[], at: number): void {
    const overdue = new Map<string, number>();
    for (const xid of due)
      for (const { participant, attempts, nextAt } of this.sendingsOf(xid))
        if (attempts > 0 && nextAt !== null && nextAt <= at)
          overdue.set(participant, (overdue.get(participant) ?? 0) + 1);
    for (const [name, count] of overdue) if (count > PROBES) this.participants.overdue(name, at);
  }

  private waitsForSilentOnly(xid: string, at: number): boolean {
    const due = this.sendingsOf(xid).filter(({ nextAt }) => nextAt !== null && nextAt <= at);
    const { setAside, paused } = this.participants;
    return due.length > 0 && due.every(({ participant: name }) => setAside.has(name) || paused.has(name));
  }

  private sendingsOf(xid: string) {
    const current = this.held.get(xid)?.current;
    return current ? openSendings(current) : [];
  }

  private returns(name: string): void {
    this.returning.set(name, { xids: this.waitingFor(name), portion: RETURN_FIRST, sentAt: -Infinity });
  }

  /** The next portion follows the answers to the last one, so that nobody gets more than he can take. */
  private sendPortion(name: string, returning: Returning, at: number): void {
    if (this.participants.paused.has(name) || returning.xids.length === 0) {
      this.returning.delete(name);
      return;
    }
    if (this.participants.lastAnswerAt(name) < returning.sentAt) return;
    this.send(name, returning.xids.splice(0, returning.portion), at);
    returning.portion = Math.min(returning.portion * 2, RETURN_MAX);
    returning.sentAt = at;
  }

  /** This instance's own transactions that wait for this participant, first those that were sent longest ago. */
  private waitingFor(name: string): string[] {
    const waiting: { xid: string; lastAt: number }[] = [];
    for (const { xid, sendings } of this.openWork())
      for (const { participant, lastAt } of sendings)
        if (participant === name) waiting.push({ xid, lastAt: lastAt ?? -Infinity });
    return waiting.sort((a, b) => a.lastAt - b.lastAt).map(({ xid }) => xid);
  }

  private *openWork() {
    for (const transaction of this.held.own())
      yield { xid: transaction.xid, sendings: openSendings(transaction) };
  }

  private send(participant: string, xids: readonly string[], at: number): void {
    this.engine.enqueue(xids.map((xid) => ({ xid, event: { type: 'recalled', at, participant } })));
  }
}
