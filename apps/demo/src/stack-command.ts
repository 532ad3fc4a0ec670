import { askStack } from './stack/control.js';
import { readStackFile } from './stack/stack-file.js';

export const STACK_ACTIONS = ['status', 'stop', 'start', 'restart'] as const;
export type StackAction = (typeof STACK_ACTIONS)[number];

/** Asks the stack that runs in this folder to do something, and resolves with its answer, for a person. */
export async function stackCommand(
  folder: string,
  action: StackAction,
  name: string | undefined,
): Promise<string> {
  return action === 'status' ? status(folder) : askStack(folder, { action, name });
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
