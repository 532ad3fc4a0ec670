import { open } from 'node:fs/promises';

const BYTES_MAX = 4_096;
const LINES_MAX = 12;

/** The last lines of a program's log, for the message of an error about it. Empty when there is no log. */
export async function logTail(logFile: string): Promise<string> {
  const file = await open(logFile).catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, BYTES_MAX);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString().trimEnd().split('\n').slice(-LINES_MAX).join('\n');
  } finally {
    await file.close();
  }
}
