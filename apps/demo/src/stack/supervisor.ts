import { guardPath, until } from '@holdfast/testing';
import { listenForControl, type ControlRequest } from './control.js';
import { removeStackFile, stackFilePath, writeStackFile, type StackFile } from '@holdfast/testing';
import { Supervised, type Part } from './supervised.js';

/** After that nobody waits any more for all to be ready again; what is wrong then stands in the logs. */
const HEAL_MS_MAX = 120_000;
const LOOK_EVERY_MS = 100;

export interface SupervisorOptions {
  /** Gets `stack.json` and the control socket while the stack runs. */
  readonly folder: string;
  readonly bus: StackFile['bus'];
  readonly databases: StackFile['databases'];
  /** Takes a line for the person who watches. */
  readonly say: (line: string) => void;
}

/** Runs the processes of a stack in stages, keeps them running, and does what `npm run stack` asks. */
export class Supervisor {
  /** Resolves with the reason when a process is given up; the others still run then. */
  readonly failed: Promise<Error>;
  /** Resolves when somebody asks for the end of the whole stack. */
  readonly stopRequested: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #stages: Supervised[][] = [];
  #fail!: (error: Error) => void;
  #requestStop!: () => void;
  #closeControl: () => void = () => undefined;
  #isStopping = false;
  /** The request that came last; the next one waits for it. */
  #lastRequest: Promise<unknown> = Promise.resolve();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.failed = new Promise((resolve) => (this.#fail = resolve));
    this.stopRequested = new Promise((resolve) => (this.#requestStop = resolve));
  }

  /** Makes the folder this supervisor's own. Rejects where a stack runs in it already. */
  async open(): Promise<void> {
    const { folder } = this.#options;
    this.#closeControl = await listenForControl(folder, (request) => this.#handleInTurn(request));
    const releaseFile = guardPath(stackFilePath(folder));
    const close = this.#closeControl;
    this.#closeControl = () => {
      close();
      removeStackFile(folder);
      releaseFile();
    };
    this.#writeFile();
  }

  /** Starts these together and resolves when all are ready. Later stages are stopped first. */
  async startStage(parts: readonly Part[]): Promise<void> {
    if (this.#isStopping) throw new Error('The stack is being stopped.');
    const stage = parts.map((part) => this.#supervised(part));
    this.#stages.push(stage);
    await Promise.all(stage.map((supervised) => supervised.start()));
  }

  /** Stops everything, the last stage first, also in the middle of a start. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const stage of this.#stages.toReversed()) {
      await Promise.all(stage.map((supervised) => supervised.stop()));
    }
    this.#closeControl();
  }

  #supervised(part: Part): Supervised {
    const supervised = new Supervised(part, {
      say: this.#options.say,
      changed: () => this.#writeFile(),
      revived: (diedAt) => void this.#tellHeal(supervised, diedAt),
      failed: this.#fail,
    });
    return supervised;
  }

  /** Says when all are ready again after this one had died: others may take longer than it did. */
  async #tellHeal(supervised: Supervised, diedAt: number): Promise<void> {
    const { say } = this.#options;
    const { name } = supervised.part;
    supervised.healMs = null;
    try {
      const isOver = async () => this.#isStopping || (await this.#areAllReady());
      const what = `all to be ready after ${name} had died`;
      await until(isOver, { what, timeoutMs: HEAL_MS_MAX, intervalMs: LOOK_EVERY_MS });
      if (this.#isStopping) return;
      supervised.healMs = Math.round(performance.now() - diedAt);
      say(`all are ready again, ${(supervised.healMs / 1000).toFixed(1)} s after ${name} had died`);
    } catch (error) {
      say((error as Error).message);
    }
  }

  /** Whether all do their work that nobody has stopped. */
  async #areAllReady(): Promise<boolean> {
    const wanted = this.#all().filter(({ state }) => state !== 'stopped');
    const answers = wanted.map(async ({ state, part }) => state === 'running' && (part.isReady?.() ?? true));
    return (await Promise.all(answers)).every(Boolean);
  }

  #handleInTurn(request: ControlRequest): Promise<string> {
    const answer = this.#lastRequest.then(() => this.#handle(request));
    this.#lastRequest = answer.catch(() => undefined);
    return answer;
  }

  async #handle({ action, name }: ControlRequest): Promise<string> {
    if (name === undefined) {
      if (action !== 'stop') throw new Error(`Which one? ${this.#names()}`);
      this.#requestStop();
      return 'The stack stops.';
    }
    const supervised = this.#all().find(({ part }) => part.name === name);
    if (supervised === undefined) throw new Error(`There is no ${name} here. ${this.#names()}`);
    if (action !== 'start') await supervised.stop();
    if (action !== 'stop') await supervised.start();
    return `${name} is ${supervised.state}${supervised.pid === null ? '' : ` (pid ${supervised.pid})`}.`;
  }

  #all(): Supervised[] {
    return this.#stages.flat();
  }

  #names(): string {
    return `The processes are ${this.#all()
      .map(({ part }) => part.name)
      .join(', ')}.`;
  }

  #writeFile(): void {
    const { folder, bus, databases } = this.#options;
    const processes = this.#all().flatMap(({ part, state, pid, restarts, healMs }) =>
      part.addresses.map(({ name, url }) => ({ name, state, pid, url, restarts, healMs })),
    );
    writeStackFile(folder, { supervisorPid: process.pid, bus, databases, processes });
  }
}
