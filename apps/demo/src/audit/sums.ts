/** Sums by key; what was never added is 0. */
export class Sums {
  private readonly sums = new Map<string, bigint>();

  add(key: string, amount: bigint): void {
    this.sums.set(key, this.get(key) + amount);
  }

  get(key: string): bigint {
    return this.sums.get(key) ?? 0n;
  }

  /** The keys whose sum is not 0, with it. */
  *nonZero(): Generator<[string, bigint]> {
    for (const [key, sum] of this.sums) if (sum !== 0n) yield [key, sum];
  }
}
