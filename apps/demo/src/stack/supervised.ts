import { setTimeout as delay } from 'node:timers/promises';
import { exitText, type Program } from '@holdfast/testing';

/** One that dies more often within a minute is broken, and starting it again helps nobody. */
export const DEATHS_PER_MINUTE_MAX = 10;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 5_000;

/** A process of the stack: how it is started, and where it is reached. */
export interface Part {
  readonly name: string;
  /** What answers there, by the name under which the stack file lists it; several where one process runs several apps. */
  readonly addresses: readonly { readonly name: string; readonly url: string }[];
  /** Starts it, also after it was killed, and resolves when it is ready. Gives up when the signal is aborted. */
  readonly start: (signal: AbortSignal) => Promise<Program>;
  /** Whether it can do its work now, as it says itself. Left out of what is not asked: it is ready while it runs. */
  readonly isReady?: () => Promise<boolean>;
}

export type PartState = 'stopped' | 'starting' | 'running' | 'failed';

export interface SupervisedEvents {
  /** A line for the person who watches. */
  readonly say: (line: string) => void;
  /** Its state, pid or count of restarts is another. */
  readonly changed: () => void;
  /** It runs again, after it had died at this time of `performance.now()`. */
  readonly revived: (diedAt: number) => void;
  /** It is given up. */
  readonly failed: (error: Error) => void;
}

/** Keeps one process running: starts it again when it dies, until it is told to stop or dies too often. */
export class Supervised {
  readonly part: Part;
  readonly #events: SupervisedEvents;
  #state: PartState = 'stopped';
  #program: Program | undefined;
  #restarts = 0;
  #healMs: number | null = null;
  #deaths: number[] = [];
  #stopping = new AbortController();
  #life: Promise<void> = Promise.resolve();

  constructor(part: Part, events: SupervisedEvents) {
    this.part = part;
    this.#events = events;
  }

  get state(): PartState {
    return this.#state;
  }

  get pid(): number | null {
    return this.#program?.pid ?? null;
  }

  /** How often it was started again after it had died. */
  get restarts(): number {
    return this.#restarts;
  }

  /** How long after its last death all processes of the stack were ready again; null where that has not been yet. */
  get healMs(): number | null {
    return this.#healMs;
  }

  set healMs(ms: number | null) {
    this.#healMs = ms;
    this.#events.changed();
  }

  /** Resolves when it is ready, and rejects if this first start fails. Does nothing where it runs. */
  async start(): Promise<void> {
    if (this.#state === 'running' || this.#state === 'starting') return;
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#set('starting');
    const started = this.part.start(signal);
    this.#life = started.then(
      (program) => this.#supervise(program, signal),
      () => this.#set('stopped'),
    );
    await started;
  }

  /** Resolves when it has ended. Gives up a start that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error(`${this.part.name} is being stopped`));
    await this.#program?.stop();
    await this.#life;
    this.#set('stopped');
  }

  async #supervise(first: Program, signal: AbortSignal): Promise<void> {
    let program: Program | undefined = first;
    while (program !== undefined) {
      this.#set('running', program);
      if (signal.aborted) await program.stop(); // Told to stop while it was starting.
      const exit = await program.exited;
      if (signal.aborted) return;
      const diedAt = performance.now();
      this.#set('starting');
      this.#events.say(`${this.part.name} died (${exitText(exit)}); starting it again`);
      program = await this.#revive(signal);
      if (program !== undefined) this.#events.revived(diedAt);
    }
  }

  /** The next process; undefined when it is to stop, or has died too often. A start that fails counts as a death. */
  async #revive(signal: AbortSignal): Promise<Program | undefined> {
    let lastError: Error | undefined;
    for (let failures = 0; !this.#hasDiedTooOften(); failures += 1) {
      try {
        if (failures > 0) await delay(pauseMs(failures), undefined, { signal });
        const program = await this.part.start(signal);
        this.#restarts += 1;
        this.#events.say(`${this.part.name} runs again (pid ${program.pid}, restart ${this.#restarts})`);
        return program;
      } catch (error) {
        if (signal.aborted) return undefined;
        lastError = error as Error;
        this.#events.say(`${this.part.name} did not start again: ${firstAndLastLine(lastError.message)}`);
      }
    }
    this.#set('failed');
    this.#events.failed(
      new Error(`${this.part.name} died more than ${DEATHS_PER_MINUTE_MAX} times within a minute`, {
        cause: lastError,
      }),
    );
    return undefined;
  }

  /** Counts a death, and only those of the last minute. */
  #hasDiedTooOften(): boolean {
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < 60_000), now];
    return this.#deaths.length > DEATHS_PER_MINUTE_MAX;
  }

  #set(state: PartState, program?: Program): void {
    this.#state = state;
    this.#program = program;
    this.#events.changed();
  }
}

/** What happened, and the last thing that the process itself said about it. */
function firstAndLastLine(message: string): string {
  const lines = message.trimEnd().split('\n');
  return lines.length > 1 ? `${lines[0]}: ${lines.at(-1)}` : message;
}

function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS_MIN * 2 ** failures, PAUSE_MS_MAX);
}
