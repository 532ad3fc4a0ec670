/** What Kafka takes for text: kafkajs allows bytes wherever a text may stand. */
export type Text = string | Buffer;

const BYTES_FIRST = 16 * 1024;

/** Writes a request of Kafka's protocol into one buffer, which doubles when it is full. */
export class RequestWriter {
  #buffer = Buffer.allocUnsafe(BYTES_FIRST);
  #offset = 0;

  get offset(): number {
    return this.#offset;
  }

  /** What is written from an offset on: a view, which the next write may make stale. */
  written(from = 0): Buffer {
    return this.#buffer.subarray(from, this.#offset);
  }

  int8(value: number): void {
    const at = this.#take(1);
    this.#buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.#take(2);
    this.#buffer.writeInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.#take(4);
    this.#buffer.writeInt32BE(value, at);
  }

  /** A whole number that JavaScript holds exactly. */
  int64(value: number): void {
    const at = this.#take(8);
    this.#buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
    this.#buffer.writeUInt32BE(value >>> 0, at + 4);
  }

  /** Leaves four bytes free and returns where they are, for `fill`. */
  hole(): number {
    return this.#take(4);
  }

  fill(hole: number, value: number): void {
    this.#buffer.writeUInt32BE(value, hole);
  }

  /** A text behind its length in two bytes. */
  name(text: string): void {
    const length = Buffer.byteLength(text);
    this.int16(length);
    this.#text(text, length);
  }

  /** A number from -1 up, in zigzag order and as many bytes as it needs. */
  varint(value: number): void {
    let rest = value < 0 ? 1 : value * 2;
    let at = this.#take(varintBytes(value));
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[at++] = (rest & 0x7f) | 0x80;
    this.#buffer[at] = rest;
  }

  /** Text or bytes behind their length as a varint; nothing is -1. */
  block(text: Text | null | undefined): void {
    if (text === null || text === undefined) return this.varint(-1);
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#text(text, length);
  }

  #text(text: Text, length: number): void {
    const at = this.#take(length);
    if (typeof text === 'string') this.#buffer.write(text, at, length);
    else text.copy(this.#buffer, at);
  }

  /** Where the next bytes stand. It may exchange the buffer: look at that only afterwards. */
  #take(bytes: number): number {
    const at = this.#offset;
    this.#offset += bytes;
    if (this.#offset > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#offset, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }
}

/** Bytes of a number from -1 up as a varint. */
export function varintBytes(value: number): number {
  const zigzag = value < 0 ? 1 : value * 2;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5;
}

/** Bytes of what `block` writes. */
export function blockBytes(text: Text | null | undefined): number {
  if (text === null || text === undefined) return 1;
  const length = Buffer.byteLength(text);
  return varintBytes(length) + length;
}
