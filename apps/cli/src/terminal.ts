import { createInterface } from 'node:readline/promises';

/** What a command has around it: tests give one of their own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
  /** Takes what the command answers, a line or several. */
  print(text: string): void;
  /** Takes what is said beside the answer. */
  warn(text: string): void;
  ask(question: string): Promise<string>;
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal;
}

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  // Whoever reads may leave in the middle, as `head` does.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const interruption = new AbortController();
  return {
    env,
    interactive: stdin.isTTY && stderr.isTTY,
    print: (text) => void stdout.write(`${text}\n`),
    warn: (text) => void stderr.write(`${text}\n`),
    ask: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    get signal() {
      process.once('SIGINT', () => interruption.abort());
      process.once('SIGTERM', () => interruption.abort());
      return interruption.signal;
    },
  };
}
