import { open } from 'node:fs/promises';

const BYTES_MAX = 8_192;
const LINES_MAX = 5;
const LINE_CHARACTERS_MAX = 300;

/** The last lines of a log, from byte `start` on, for the message of an error. Empty when there is no log. */
export async function logTail(logFile: string, start: number): Promise<string> {
  const file = await open(logFile).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(start, size - BYTES_MAX);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_MAX), 0, BYTES_MAX, from);
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-LINES_MAX);
    return lines.map((line) => line.slice(0, LINE_CHARACTERS_MAX)).join('\n');
  } finally {
    await file.close();
  }
}
