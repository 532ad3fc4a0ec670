import type { Bus } from '@holdfast/bus';
import type { Topics } from '@holdfast/protocol';
import { inTime } from '@holdfast/service';
import type { ParticipantWatch } from './participant-watch.js';

/** What Kafka said is good for so long, in milliseconds. */
const FRESH_MS = 2_000;
/** Nobody waits longer for it, in milliseconds. */
const ANSWER_MS_MAX = 1_000;

/**
 * Finds out from the bus whether anybody reads the commands of participants, and lets all coordinators know. Asked by
 * those who explain what hangs, never on the way of a transaction.
 */
export class CommandReaders {
  private readonly named = new Set<string>();
  private asking: Promise<void> | undefined;
  private freshUntil = -Infinity;

  /** @param announced all participants that have announced themselves here. */
  constructor(
    private readonly bus: Pick<Bus, 'consumers'>,
    private readonly topics: Topics,
    private readonly announced: () => readonly string[],
    private readonly watch: Pick<ParticipantWatch, 'noteReaders'>,
  ) {}

  /**
   * Resolves once it is known, or in a second at most: for as long as nobody answers, what was found before stands.
   * @param participants whom it is about, besides all that have announced themselves here.
   */
  async look(participants: readonly string[] = []): Promise<void> {
    const strangers = participants.filter((name) => !this.named.has(name));
    for (const name of strangers) this.named.add(name);
    if (strangers.length === 0 && performance.now() < this.freshUntil) return;
    this.asking ??= this.ask()
      // Kafka is away, which the bus says.
      .catch(() => undefined)
      .finally(() => {
        this.freshUntil = performance.now() + FRESH_MS;
        this.asking = undefined;
      });
    await inTime(this.asking, ANSWER_MS_MAX).catch(() => undefined);
  }

  private async ask(): Promise<void> {
    for (const name of this.announced()) this.named.add(name);
    const names = [...this.named];
    if (names.length === 0) return;
    const counts = await this.bus.consumers(names.map((name) => this.topics.commandGroup(name)));
    await this.watch.noteReaders(names.map((name, at) => ({ name, isRead: counts[at] !== 0 })));
  }
}
