import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { GuardedProgram, Legacy } from './reaper-process.js';

// Run as built JavaScript: seen from src and from dist this is the same file.
const reaperPath = fileURLToPath(new URL('../dist/reaper-process.js', import.meta.url));

const programs = new Set<GuardedProgram>();
const paths = new Set<string>();
let reaper: ChildProcess | undefined;

/** Ends this program if this process dies without doing so, `kill -9` included. Call the result once it has ended. */
export function guardProgram(program: GuardedProgram): () => void {
  return guard(programs, program);
}

/** Removes this file or folder if this process dies. Call the result once it is removed. */
export function guardPath(path: string): () => void {
  return guard(paths, path);
}

function guard<T>(set: Set<T>, entry: T): () => void {
  set.add(entry);
  tellReaper();
  return () => {
    set.delete(entry);
    tellReaper();
  };
}

/** Every line is the whole legacy, so that a reaper that starts late or again knows all of it. */
function tellReaper(): void {
  if (programs.size === 0 && paths.size === 0) {
    reaper?.stdin?.end('{"programs":[],"paths":[]}\n');
    reaper = undefined;
    return;
  }
  reaper ??= startReaper();
  const legacy: Legacy = { programs: [...programs], paths: [...paths] };
  reaper.stdin?.write(`${JSON.stringify(legacy)}\n`);
}

/** In a session of its own, where no Ctrl-C reaches it, and holding nothing of this process but the pipe. */
function startReaper(): ChildProcess {
  const started = spawn(process.execPath, [reaperPath], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  started.unref();
  const pipe = started.stdin as Socket;
  pipe.unref();
  pipe.on('error', () => undefined); // It was killed; 'exit' tells.
  started.once('exit', (_code, signal) => {
    if (reaper !== started) return;
    reaper = undefined;
    if (signal !== null) tellReaper();
  });
  return started;
}
