import { CommandError, EXIT } from '../exit-code.js';
import type { Terminal } from '../terminal.js';

/** Whether the person says yes. Where nobody can be asked, `--yes` has to have said it. */
export async function confirmed(terminal: Terminal): Promise<boolean> {
  if (!terminal.interactive)
    throw new CommandError('Nobody can be asked here: add --yes if this is what you mean.', EXIT.usage);
  return (await terminal.ask('Type yes to go on: ')).trim().toLowerCase() === 'yes';
}
