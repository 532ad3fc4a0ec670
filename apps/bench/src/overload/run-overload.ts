import { writeFile } from 'node:fs/promises';
import { onBenchStack } from '../bench-stack.js';
import type { BenchCommand } from '../command-line.js';
import { measureOverload } from './overload.js';
import { overloadTable } from './overload-table.js';

/** Measures what comes of more than can be done, and prints it. @returns the exit code. */
export async function runOverload(command: BenchCommand, say: (line: string) => void): Promise<number> {
  return onBenchStack({ equalParticipants: true, say }, async (stack) => {
    const overload = await measureOverload(stack, command, say);
    say(`\n${overloadTable(overload)}`);
    if (command.reportFile) await writeFile(command.reportFile, `${JSON.stringify(overload, null, 2)}\n`);
    const errors = overload.steps.reduce((sum, { seen }) => sum + seen.errors + seen.cancelled, 0);
    return overload.balanced && errors === 0 ? 0 : 1;
  });
}
