import type { WriteStream } from 'node:tty';

/** Where nobody watches a terminal, progress is a line now and then. */
const PLAIN_LINE_EVERY_MS = 5_000;
const ERASE_LINE = '\r\u001b[K';

/** Output with one line at its end that is replaced again and again while other lines are written above it. */
export class LiveLine {
  private shown = '';
  private plainAt = performance.now();

  constructor(private readonly out: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>) {}

  /** Writes a line that stays. */
  say(line: string): void {
    this.out.write(this.shown === '' ? `${line}\n` : `${ERASE_LINE}${line}\n${this.shown}`);
  }

  /** Replaces the last line; empty text takes it away. */
  show(text: string): void {
    if (this.out.isTTY) {
      // A line that wraps could not be erased.
      this.shown = text.slice(0, this.out.columns - 1);
      this.out.write(`${ERASE_LINE}${this.shown}`);
    } else if (text !== '' && performance.now() - this.plainAt >= PLAIN_LINE_EVERY_MS) {
      this.plainAt = performance.now();
      this.out.write(`${text}\n`);
    }
  }
}
