import type { OutgoingMessage } from '../bus.js';

export interface FaultOptions {
  /** The same seed does the same to the same messages, published in the same order. */
  readonly seed: number;
  /** How likely a message is written once more, a little later, as after a request whose answer was lost. */
  readonly duplicate?: number;
  /** How likely a message is dropped though its publisher is told that it is written. Kafka does not do that. */
  readonly lose?: number;
  /** How likely a message is written after messages that were published after it. */
  readonly reorder?: number;
  /** Reorders messages of one key as well. Kafka does not do that, but a fence must stand it. */
  readonly reorderWithinKey?: boolean;
}

/** The most turns of the event loop that a message is held back. */
const TURNS_MAX = 8;

interface Held {
  readonly message: OutgoingMessage;
  readonly repeat: boolean;
  turns: number;
}

/** Stands between publishers and topics and does what networks do, drawn from a seed. */
export class Faults {
  readonly #held: Held[] = [];

  readonly #random: () => number;

  constructor(
    private readonly options: FaultOptions,
    private readonly write: (message: OutgoingMessage) => void,
  ) {
    this.#random = randomFrom(options.seed);
  }

  /** Whether some messages are still to be written. */
  holdsBack(): boolean {
    return this.#held.length > 0;
  }

  publish(message: OutgoingMessage): void {
    const { duplicate = 0, lose = 0, reorder = 0 } = this.options;
    // Always three draws, so that one probability does not move the draws of the others.
    const [lost, repeated, moved] = [
      this.#random() < lose,
      this.#random() < duplicate,
      this.#random() < reorder,
    ];
    if (lost) return;
    const turns = Math.max(moved ? this.#turns() : 0, this.#turnsAhead(message));
    if (turns === 0) this.write(message);
    else this.#hold({ message, repeat: false, turns });
    if (repeated) this.#hold({ message, repeat: true, turns: turns + this.#turns() });
  }

  /** A message stays behind those of its key that are held, unless that is what is wanted. */
  #turnsAhead({ topic, key }: OutgoingMessage): number {
    if (this.options.reorderWithinKey) return 0;
    const ahead = this.#held.findLast(
      ({ repeat, message }) => !repeat && message.topic === topic && message.key === key,
    );
    return ahead?.turns ?? 0;
  }

  #turns(): number {
    return 1 + Math.floor(this.#random() * TURNS_MAX);
  }

  #hold(held: Held): void {
    this.#held.push(held);
    if (this.#held.length === 1) setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const held of this.#held) held.turns--;
    const due = this.#held.filter(({ turns }) => turns === 0);
    const rest = this.#held.filter(({ turns }) => turns > 0);
    this.#held.splice(0, Infinity, ...rest);
    for (const { message } of due) this.write(message);
    if (this.#held.length > 0) setImmediate(() => this.#turn());
  }
}

/** mulberry32: small, quick, and good enough to draw faults. Numbers from 0 up to, but not, 1. */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
