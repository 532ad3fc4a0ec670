import type { ServerResponse } from 'node:http';

/**
 * An answer in lines of JSON (`application/x-ndjson`), each told as soon as it is known. Its head leaves at once; what
 * becomes known in one turn of the event loop leaves in one write. If the client hangs up, the rest is dropped.
 */
export class LineAnswer {
  private text = '';
  private scheduled = false;

  /** @param linesLeft how many lines there will be: the answer ends with the last of them. */
  constructor(
    private readonly response: ServerResponse,
    private linesLeft: number,
  ) {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    this.schedule();
  }

  line(value: unknown): void {
    this.text += `${JSON.stringify(value)}\n`;
    this.linesLeft--;
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.flush());
  }

  private flush(): void {
    this.scheduled = false;
    const { text, response } = this;
    this.text = '';
    if (response.destroyed) return;
    if (this.linesLeft === 0) response.end(text);
    else if (text === '') response.flushHeaders();
    else response.write(text);
  }
}
