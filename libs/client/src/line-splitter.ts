const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines, wherever its chunks end. */
export class LineSplitter {
  #start: Buffer[] = [];
  #startBytes = 0;

  /** @param bytesMax of one line. */
  constructor(private readonly bytesMax: number) {}

  /**
   * The lines that end in this chunk, without their line feeds.
   * @throws RangeError if a line is too long.
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      this.#keep(chunk.subarray(from, to));
      lines.push(this.#take());
      from = to + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(part: Buffer): void {
    this.#startBytes += part.length;
    if (this.#startBytes > this.bytesMax) throw new RangeError(`a line has more than ${this.bytesMax} bytes`);
    this.#start.push(part);
  }

  #take(): string {
    const [first] = this.#start;
    const line = this.#start.length === 1 && first ? first : Buffer.concat(this.#start);
    this.#start = [];
    this.#startBytes = 0;
    return line.toString();
  }
}
