/** Slices of time this long are judged one by one, in milliseconds. */
export const SLOT_MS = 250;

interface Slot {
  worstMs: number;
  refused: number;
}

/** What became of the transactions that were to begin in each slice of time. */
export class Slots {
  readonly #slots = new Map<number, Slot>();

  /** @param startsAt the start of the first slice, by the clock of the others. */
  constructor(private readonly startsAt: number) {}

  ended(begunAt: number, ms: number): void {
    const slot = this.#slotOf(begunAt);
    slot.worstMs = Math.max(slot.worstMs, ms);
  }

  refused(at: number): void {
    this.#slotOf(at).refused += 1;
  }

  /**
   * After how many milliseconds all that began ended within `normalMs`, and nothing was refused any more; null if the
   * last slice was not like that yet.
   */
  normalAfter(normalMs: number): number | null {
    const troubled = [...this.#slots]
      .filter(([, { worstMs, refused }]) => refused > 0 || worstMs > normalMs)
      .map(([index]) => index);
    const last = Math.max(-1, ...this.#slots.keys());
    const lastTroubled = Math.max(-1, ...troubled);
    return lastTroubled === last ? null : (lastTroubled + 1) * SLOT_MS;
  }

  #slotOf(at: number): Slot {
    const index = Math.max(0, Math.floor((at - this.startsAt) / SLOT_MS));
    const slot = this.#slots.get(index) ?? { worstMs: 0, refused: 0 };
    this.#slots.set(index, slot);
    return slot;
  }
}
