import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { redacted } from './redaction.js';
import type { RunningService } from './service.js';
import { StartError } from './start-error.js';
import type { Environment } from './settings.js';

/** A stop may take so long: a second less than the stack waits before it kills. */
const STOP_MS_MAX = 9_000;

/**
 * Runs a service as this process if the module is the program that Node was started with; does nothing where it is
 * imported. It stops on SIGTERM and SIGINT. A failed start ends with a sentence and exit code 1.
 * @param moduleUrl the caller's `import.meta.url`.
 */
export function runAsProcess(
  moduleUrl: string,
  bootstrap: (env: Environment) => Promise<RunningService>,
): void {
  if (!isProgram(moduleUrl)) return;
  const starting = bootstrap(process.env);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_MS_MAX).unref();
    void starting.then((service) => service.close()).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  starting.then(({ name, url }) => console.log(`${name} listens on ${url}`), fail);
}

function isProgram(moduleUrl: string): boolean {
  const program = process.argv[1];
  return program !== undefined && pathToFileURL(realpathSync(program)).href === moduleUrl;
}

/** Says why: in a sentence where the error was made for people, else with its stack. */
function fail(error: unknown): never {
  console.error(redacted(error instanceof StartError ? error.message : inspect(error)));
  process.exit(1);
}
