import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardPath } from '@holdfast/testing';
import { startStack, type Stack, type StackAddresses } from './stack/stack.js';
import { sayAddresses, untilEnd, type StackCommandOptions } from './start-command.js';

/** The ways in which a checkout can go through the coordinator. */
export const CHECKOUT_MODES = ['declared', 'interactive', 'registered'] as const;
export type CheckoutMode = (typeof CHECKOUT_MODES)[number];

export interface ReplayOptions {
  /** The folder with the orders to replay; undefined has a shop made up. */
  readonly shopFolder: string | undefined;
  readonly mode: CheckoutMode;
  /** Gets the summary as JSON. */
  readonly reportFile: string | undefined;
  /** Takes a line for the person who watches. */
  readonly say: (line: string) => void;
}

/** Sends the orders through a running stack and audits the books. Resolves with whether all is as it has to be. */
export type Replay = (stack: StackAddresses, signal: AbortSignal) => Promise<boolean>;

/** Reads or makes the shop, before anything is started; rejects with a sentence about a row that is broken. */
export type PrepareReplay = (options: ReplayOptions) => Promise<Replay>;

export interface DemoOptions extends StackCommandOptions, ReplayOptions {
  /** Whether the stack goes on after the replay, until it is told to stop. */
  readonly keep: boolean;
}

/**
 * Runs the replay on a stack of its own, whose databases and topics are empty at the start and gone at the end.
 * Resolves with whether all went well.
 */
export async function demo(
  options: DemoOptions,
  prepareReplay: PrepareReplay,
  signal: AbortSignal,
): Promise<boolean> {
  const replay = await prepareReplay(options);
  const dataFolder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
  await chmod(dataFolder, 0o755); // PostgreSQL may run as another user.
  const release = guardPath(dataFolder);
  try {
    const stack = await startStack({ ...options, dataFolder, freshTopics: true, replayMode: true }, signal);
    try {
      return await replayOn(stack, replay, options, signal);
    } finally {
      options.say('Stopping ...');
      await stack.stop();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
    release();
  }
}

async function replayOn(
  stack: Stack,
  replay: Replay,
  { keep, say }: DemoOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const stopped = new AbortController();
  const ended = untilEnd(stack, signal).then(() => {
    throw new Error('The stack was stopped before the replay had ended.');
  });
  try {
    const isWell = await Promise.race([replay(stack.addresses, stopped.signal), ended]);
    if (keep) {
      sayAddresses(stack.addresses, say);
      await untilEnd(stack, signal);
    }
    return isWell;
  } finally {
    stopped.abort();
  }
}
