import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { guardPath } from '@holdfast/testing';
import { z } from 'zod';

const ControlRequest = z.object({
  action: z.enum(['stop', 'start', 'restart']),
  /** A process of the stack; only `stop` may leave it out, and means all of them. */
  name: z.string().optional(),
});

/** What `npm run stack` asks of a running stack. */
export type ControlRequest = z.output<typeof ControlRequest>;

const ControlAnswer = z.object({ ok: z.boolean(), message: z.string() });
type ControlAnswer = z.output<typeof ControlAnswer>;

/** A system's limit on the path of a socket, which a path that is relative to the working folder seldom meets. */
const SOCKET_PATH_BYTES_MAX = 100;

function socketPath(folder: string): string {
  const path = relative(process.cwd(), join(folder, 'control.sock'));
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  throw new Error(`${path} is too long for a socket: run the stack from a folder nearer to it.`);
}

/**
 * Listens for requests in the folder of the stack, until the result is called. `handle` resolves with a sentence for
 * the person who asked, or rejects with one. Only one stack can run in a folder: rejects where another one listens.
 */
export async function listenForControl(
  folder: string,
  handle: (request: ControlRequest) => Promise<string>,
): Promise<() => void> {
  await mkdir(folder, { recursive: true });
  const path = socketPath(folder);
  if (await answers(path)) {
    throw new Error(`A stack already runs in ${folder}: stop it with "npm run stack -- stop".`);
  }
  rmSync(path, { force: true }); // Left by a supervisor that was killed.
  const server = createServer((socket) => void serve(socket, handle));
  server.listen(path);
  await once(server, 'listening');
  const release = guardPath(resolve(path));
  return () => {
    server.close();
    rmSync(path, { force: true });
    release();
  };
}

/** Asks the stack that runs in this folder, and resolves with its answer; rejects if none runs, or it refuses. */
export async function askStack(folder: string, request: ControlRequest): Promise<string> {
  const socket = connect(socketPath(folder));
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new Error(`No stack runs in ${folder}: start one with "npm start".`, { cause });
  }
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const { ok, message } = ControlAnswer.parse(JSON.parse(line));
      if (ok) return message;
      throw new Error(message);
    }
    throw new Error('The stack ended before it answered.');
  } finally {
    socket.destroy();
  }
}

async function serve(socket: Socket, handle: (request: ControlRequest) => Promise<string>): Promise<void> {
  socket.on('error', () => undefined); // Whoever asked did not wait for the answer.
  for await (const line of createInterface({ input: socket })) {
    socket.write(`${JSON.stringify(await answerTo(line, handle))}\n`);
  }
}

async function answerTo(
  line: string,
  handle: (request: ControlRequest) => Promise<string>,
): Promise<ControlAnswer> {
  try {
    return { ok: true, message: await handle(ControlRequest.parse(JSON.parse(line))) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
