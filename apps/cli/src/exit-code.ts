import type { Problem } from '@holdfast/protocol';

/** What the process answers to whoever started it. */
export const EXIT = { ok: 0, error: 1, usage: 2, partly: 3, notFound: 4, conflict: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Runs a command that was read, and takes its exit code. */
export type Run = (command: () => Promise<ExitCode>) => Promise<void>;

/** A command can't be carried out; the message says why and what to do, in a sentence. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.error,
  ) {
    super(message);
  }
}

const EXIT_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  404: EXIT.notFound,
  409: EXIT.conflict,
  412: EXIT.conflict,
  413: EXIT.usage,
  422: EXIT.usage,
  428: EXIT.conflict,
};

/** What the coordinator refused, field by field. */
export function refusal({ status, title, detail, errors = [] }: Problem): CommandError {
  const fields = errors.map(({ path, message }) => `\n  ${path || '/'}: ${message}`);
  return new CommandError(`${title}: ${detail}${fields.join('')}`, EXIT_OF_STATUS[status] ?? EXIT.error);
}
