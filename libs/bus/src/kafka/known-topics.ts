/** How long the answer stands that a topic is missing. */
const MISSING_MS = 1_000;

/**
 * Which topics exist, asked once for each. kafkajs would try for seconds to send to a topic that is missing, and fail
 * everything that is in the same request.
 */
export class KnownTopics {
  readonly #existing = new Set<string>();
  readonly #missingSince = new Map<string, number>();
  #asking: Promise<void> = Promise.resolve();

  /** @param find answers which of the names have no topic. */
  constructor(private readonly find: (names: readonly string[]) => Promise<string[]>) {}

  /** Whether all of them are known to exist, without asking. */
  includes(messages: readonly { readonly topic: string }[]): boolean {
    return messages.every(({ topic }) => this.#existing.has(topic));
  }

  /** The topics of these messages that do not exist. Calls are answered in their order. */
  async missing(messages: readonly { readonly topic: string }[]): Promise<ReadonlySet<string>> {
    const names = new Set(messages.map(({ topic }) => topic));
    const before = this.#asking;
    const asked = before.catch(() => undefined).then(() => this.#ask(names));
    this.#asking = asked;
    await asked;
    return new Set([...names].filter((name) => !this.#existing.has(name)));
  }

  async #ask(names: ReadonlySet<string>): Promise<void> {
    const now = performance.now();
    const unknown = [...names].filter(
      (name) => !this.#existing.has(name) && now - (this.#missingSince.get(name) ?? -Infinity) > MISSING_MS,
    );
    if (unknown.length === 0) return;
    const missing = new Set(await this.find(unknown));
    for (const name of unknown) {
      if (missing.has(name)) this.#missingSince.set(name, now);
      else this.#existing.add(name);
    }
  }
}
