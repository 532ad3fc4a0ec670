import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const StackFile = z.object({
  /** Who supervises the others; nobody restarts it. */
  supervisorPid: z.int().positive(),
  bus: z.enum(['kafka', 'memory']),
  /** The databases' URLs by the name of the service. */
  databases: z.record(z.string(), z.string()),
  processes: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['stopped', 'starting', 'running', 'failed']),
      /** Null while it does not run. Services that share a process share its pid. */
      pid: z.int().positive().nullable(),
      url: z.string(),
      /** How often it was started again after it had died. */
      restarts: z.int().nonnegative(),
      /** How long after its last death all processes were ready again; null where that has not been yet. */
      healMs: z.int().nonnegative().nullable(),
    }),
  ),
});

/** What runs: `stack.json` in the folder of the stack, for whoever wants to call, kill or measure a process. */
export type StackFile = z.output<typeof StackFile>;

export function stackFilePath(folder: string): string {
  return join(folder, 'stack.json');
}

/** Replaces the file at once, so that nobody reads half of it. Synchronous: writes keep the order of the changes. */
export function writeStackFile(folder: string, content: StackFile): void {
  const path = stackFilePath(folder);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.draft`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${path}.draft`, path);
}

export function removeStackFile(folder: string): void {
  rmSync(stackFilePath(folder), { force: true });
}

/** What runs in this folder; undefined when nothing does (a file whose supervisor is gone counts as nothing). */
export function readStackFile(folder: string): StackFile | undefined {
  const path = stackFilePath(folder);
  if (!existsSync(path)) return undefined;
  const content = StackFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  return isAlive(content.supervisorPid) ? content : undefined;
}

/** Whether there is a process with this pid. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
