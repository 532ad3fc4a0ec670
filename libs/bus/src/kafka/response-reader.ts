/** The most bytes that a number of 64 bits takes as a varint. */
const VARINT_BYTES_MAX = 10;

/** Reads a response of Kafka's protocol. @throws RangeError where it is cut or garbled. */
export class ResponseReader {
  offset = 0;

  constructor(private readonly buffer: Buffer) {}

  get left(): number {
    return this.buffer.length - this.offset;
  }

  int8(): number {
    return this.buffer.readInt8(this.#take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#take(4));
  }

  /** A whole number that JavaScript holds exactly; @throws RangeError for any other. */
  int64(): number {
    const at = this.#take(8);
    const value = this.buffer.readInt32BE(at) * 2 ** 32 + this.buffer.readUInt32BE(at + 4);
    if (!Number.isSafeInteger(value)) throw new RangeError(`A number of 64 bits is too large`);
    return value;
  }

  /** A text behind its length in two bytes. */
  name(): string {
    const length = this.int16();
    return this.buffer.toString('utf8', this.#take(length), this.offset);
  }

  /** A number in zigzag order, and in as many bytes as it needs. */
  varint(): number {
    let zigzag = 0;
    let scale = 1;
    for (let bytes = 1; bytes <= VARINT_BYTES_MAX; bytes++, scale *= 0x80) {
      const byte = this.buffer[this.#take(1)] as number;
      zigzag += (byte & 0x7f) * scale;
      if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    }
    throw new RangeError('A number does not end');
  }

  /** Bytes behind their length as a varint, as a view; null for nothing. */
  block(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.bytes(length);
  }

  /** The next bytes, as a view. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.buffer.subarray(at, this.offset);
  }

  #take(length: number): number {
    const at = this.offset;
    if (length < 0 || at + length > this.buffer.length) throw new RangeError('The response ends too soon');
    this.offset = at + length;
    return at;
  }
}
