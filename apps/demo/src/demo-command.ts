import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckoutMode } from '@holdfast/shop';
import { guardPath } from '@holdfast/testing';
import type { HangingService } from './hang/hanging-service.js';
import { startStack, type Stack, type StackAddresses } from './stack/stack.js';
import { sayAddresses, untilEnd, type StackCommandOptions } from './start-command.js';

export interface DemoOptions extends StackCommandOptions {
  /** The folder with the orders to replay; undefined has a shop made up. */
  readonly shopFolder: string | undefined;
  readonly mode: CheckoutMode;
  /** Requests under way at once, at most. */
  readonly inFlightMax: number;
  /** Gets the summary as JSON. */
  readonly reportFile: string | undefined;
  /** Whether the stack goes on after the replay, until it is told to stop. */
  readonly keep: boolean;
  /** The service at which a Confirm is to hang, instead of a replay. */
  readonly hang: HangingService | undefined;
}

/** What a replay runs on. */
export interface ReplayGround {
  readonly stack: StackAddresses;
  /** For its files. It is gone when the stack is. */
  readonly workFolder: string;
  /** Aborted when the replay is to be broken off. */
  readonly signal: AbortSignal;
}

/** Sends the orders through a running stack and audits the books. Resolves with whether all is as it has to be. */
export type Replay = (ground: ReplayGround) => Promise<boolean>;

/** Reads or makes the shop, before anything is started; rejects with a sentence about a row that is broken. */
export type PrepareReplay = (options: DemoOptions) => Promise<Replay>;

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
    const stack = await startStack(
      {
        ...options,
        dataFolder,
        freshTopics: true,
        replayMode: true,
        impatient: options.hang !== undefined,
        lasting: options.keep,
      },
      signal,
    );
    try {
      return await replayOn({ stack, workFolder: dataFolder }, replay, options, signal);
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
  { stack, workFolder }: { stack: Stack; workFolder: string },
  replay: Replay,
  { keep, say }: DemoOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const stopped = new AbortController();
  const ended = untilEnd(stack, signal).then(() => {
    throw new Error('The stack was stopped before the replay had ended.');
  });
  try {
    const isWell = await Promise.race([
      replay({ stack: stack.addresses, workFolder, signal: stopped.signal }),
      ended,
    ]);
    if (keep) {
      sayAddresses(stack.addresses, say);
      await untilEnd(stack, signal);
    }
    return isWell;
  } finally {
    stopped.abort();
  }
}
