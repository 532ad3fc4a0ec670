import { until } from '@holdfast/testing';
import { askStack } from './stack/control.js';
import { isAlive, readStackFile } from '@holdfast/testing';

export const STACK_ACTIONS = ['status', 'stop', 'start', 'restart'] as const;
/** The services, then Kafka and PostgreSQL, have their time to stop one after another. */
const STOP_TIMEOUT_MS = 60_000;

export type StackAction = (typeof STACK_ACTIONS)[number];

/** Asks the stack that runs in this folder to do something, and resolves with its answer, for a person. */
export async function stackCommand(
  folder: string,
  action: StackAction,
  name: string | undefined,
): Promise<string> {
  if (action === 'status') return status(folder);
  const running = readStackFile(folder);
  const answer = await askStack(folder, { action, name });
  if (name !== undefined || running === undefined) return answer;
  const isOver = () => !isAlive(running.supervisorPid);
  await until(isOver, { what: 'the stack to stop', timeoutMs: STOP_TIMEOUT_MS });
  return 'The stack has stopped.';
}

function status(folder: string): string {
  const file = readStackFile(folder);
  if (file === undefined) throw new Error(`No stack runs in ${folder}: start one with "npm start".`);
  const rows = [
    ['NAME', 'STATE', 'PID', 'RESTARTS', 'ADDRESS'],
    ...file.processes.map(({ name, state, pid, restarts, url }) => [name, state, pid ?? '-', restarts, url]),
  ].map((row) => row.map(String));
  const widths = rows.reduce(
    (max, row) => row.map((cell, at) => Math.max(cell.length, max[at] ?? 0)),
    [] as number[],
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
