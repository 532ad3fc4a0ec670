import { join } from 'node:path';
import { startStack, type Stack, type StackAddresses } from './stack/stack.js';

/** What all commands that start a stack are told. */
export interface StackCommandOptions {
  /** Holds what the stack says about itself, and with `start` its data. */
  readonly folder: string;
  readonly coordinators: number;
  /** Ports by the name of the process. */
  readonly ports: Readonly<Record<string, number>>;
  /** Further participants beside the shop's services: their built programs by their names. */
  readonly participants: Readonly<Record<string, string>>;
  /** Takes a line for the person who watches. */
  readonly say: (line: string) => void;
}

/** Runs a stack, on the data of the last time, until it is told to stop. Rejects if it can't go on. */
export async function start(options: StackCommandOptions, signal: AbortSignal): Promise<void> {
  const { folder, say } = options;
  const dataFolder = join(folder, 'data');
  const stack = await startStack(
    { ...options, dataFolder, freshTopics: false, replayMode: false, impatient: false, lasting: true },
    signal,
  );
  try {
    sayAddresses(stack.addresses, say);
    await untilEnd(stack, signal);
  } finally {
    say('Stopping ...');
    await stack.stop();
  }
}

/** Says where everything is reached. */
export function sayAddresses(addresses: StackAddresses, say: (line: string) => void): void {
  const { coordinators, services, databases, brokers } = addresses;
  const rows = [
    ...coordinators.map((url) => ['coordinator', url]),
    ...Object.entries(services),
    ...Object.entries(databases).map(([owner, url]) => [`${owner}'s database`, url]),
    ...(brokers === undefined ? [] : [['kafka', brokers]]),
  ];
  say('The stack runs:');
  for (const [name = '', address = ''] of rows) say(`  ${name.padEnd(24)} ${address}`);
  say('Ctrl-C stops it; "npm run stack -- stop|start|restart NAME" does so with one process.');
}

/** Resolves when somebody asks for the end, by a signal or a command; rejects when a process is given up. */
export async function untilEnd(stack: Stack, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const failure = await Promise.race([aborted, stack.stopRequested, stack.failed]);
  if (failure !== undefined) throw failure;
}
