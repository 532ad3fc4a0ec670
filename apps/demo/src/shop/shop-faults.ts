/** One thing that is wrong with a shop's files. */
export interface Fault {
  readonly file: string;
  /** From 1, which is the header; absent where the whole file is meant. */
  readonly line?: number | undefined;
  /** The column's name; absent where the whole row is meant. */
  readonly column?: string | undefined;
  readonly text: string;
}

/** So many faults are kept and shown; more are only counted as "more". */
export const FAULTS_MAX = 20;

/** Collects faults up to the limit; who reads on asks `isFull` first. */
export class Faults {
  private readonly kept: Fault[] = [];

  add(fault: Fault): void {
    if (!this.isFull) this.kept.push(fault);
  }

  get isFull(): boolean {
    return this.kept.length >= FAULTS_MAX;
  }

  /** @throws ShopFaultsError if there is any fault. */
  throwIfAny(): void {
    if (this.kept.length > 0) throw new ShopFaultsError(this.kept);
  }
}

/** The files of a shop can't be used. Its message names every fault that was kept, one a line. */
export class ShopFaultsError extends Error {
  override readonly name = 'ShopFaultsError';

  constructor(readonly faults: readonly Fault[]) {
    super(
      [
        'the shop was not loaded:',
        ...faults.map((fault) => `  ${describeFault(fault)}`),
        ...(faults.length >= FAULTS_MAX ? [`  (only the first ${FAULTS_MAX} faults are shown)`] : []),
      ].join('\n'),
    );
  }
}

function describeFault({ file, line, column, text }: Fault): string {
  const where = [file, line && `line ${line}`, column && `column ${column}`].filter(Boolean).join(', ');
  return `${where}: ${text}`;
}
