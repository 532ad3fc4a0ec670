import { CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode } from './exit-code.js';
import { holdfastProgram } from './program.js';
import type { Terminal } from './terminal.js';

/** Does what a command line asks, and resolves with the exit code. It never rejects. */
export async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = holdfastProgram(terminal, async (command) => {
    exitCode = await command();
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said by itself what it did not understand, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof CommandError) {
      terminal.warn(error.message);
      return error.exitCode;
    }
    terminal.warn(error instanceof Error ? error.message : String(error));
    return EXIT.error;
  }
}
