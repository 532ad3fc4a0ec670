import { Command } from 'commander';
import type { Run } from './exit-code.js';
import { addInstallationCommands } from './installation-commands.js';
import { addOperatorCommands } from './operator-commands.js';
import type { Terminal } from './terminal.js';

const EXIT_CODES = `
Exit codes: 0 ok, 1 error, 2 usage, 3 partly, 4 not found, 5 conflict.`;

/** All commands and options. What is not a database's is imported late: an operator's call has no use for it. */
export function holdfastProgram(terminal: Terminal, run: Run): Command {
  const program = new Command('holdfast')
    .description('Sets Holdfast up, checks it, and shows and settles transactions that do not end.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.warn(text.trimEnd()),
    })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', EXIT_CODES);
  addInstallationCommands(program, terminal, run);
  addOperatorCommands(program, terminal, run);
  return program;
}
