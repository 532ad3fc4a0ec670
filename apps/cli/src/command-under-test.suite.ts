import type { ExitCode } from './exit-code.js';
import { run } from './run.js';
import type { Terminal } from './terminal.js';

export interface CommandResult {
  readonly exitCode: ExitCode;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  /** What the person at the terminal answers; nobody is there unless given. */
  readonly answers?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told each line that is printed. */
  readonly onPrint?: (text: string) => void;
}

/** Runs one command line as the program does, with a terminal that remembers. */
export async function holdfast(
  words: string,
  { env = {}, answers, signal = new AbortController().signal, onPrint }: Surroundings = {},
): Promise<CommandResult> {
  const [out, err]: [string[], string[]] = [[], []];
  const rest = [...(answers ?? [])];
  const terminal: Terminal = {
    env,
    signal,
    interactive: answers !== undefined,
    print: (text) => {
      out.push(text);
      onPrint?.(text);
    },
    warn: (text) => void err.push(text),
    ask: async (question) => {
      err.push(question);
      return rest.shift() ?? '';
    },
  };
  const exitCode = await run(words.split(' '), terminal);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}
