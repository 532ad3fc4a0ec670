import { guardPath } from '@holdfast/testing';
import { listenForControl, type ControlRequest } from './control.js';
import { removeStackFile, stackFilePath, writeStackFile, type StackFile } from '@holdfast/testing';
import { Supervised, type Part } from './supervised.js';

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
    const stage = parts.map(
      (part) =>
        new Supervised(part, {
          say: this.#options.say,
          changed: () => this.#writeFile(),
          failed: this.#fail,
        }),
    );
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
    const processes = this.#all().flatMap(({ part, state, pid, restarts }) =>
      part.addresses.map(({ name, url }) => ({ name, state, pid, url, restarts })),
    );
    writeStackFile(folder, { supervisorPid: process.pid, bus, databases, processes });
  }
}
