/** So many things may happen at once; whoever waits for room gets it in the order of asking. */
export class Slots {
  #free: number;
  readonly #waiting: { readonly count: number; readonly enter: () => void }[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves once there are so many slots, and takes them together. */
  async take(count: number): Promise<void> {
    await new Promise<void>((enter) => {
      this.#waiting.push({ count, enter });
      this.#admit();
    });
  }

  give(count: number): void {
    this.#free += count;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && next.count <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.count;
      next.enter();
    }
  }
}
