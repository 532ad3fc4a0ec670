import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * A distribution as points of its quantile function, by rising shares from 0 to 1. Between points it is a straight
 * line: `[0.5, 8]` says that half of what is drawn is at most 8.
 */
export type Curve = readonly (readonly [share: number, value: number])[];

/** A curve written as `'0% 1, 50% 8, 100% 277'`. */
export function curve(text: string): Curve {
  return text.split(', ').map((point) => {
    const [percent, value] = point.split('% ').map(Number);
    if (percent === undefined || value === undefined) throw new Error(`${point} is no point of a curve`);
    return [percent / 100, value];
  });
}

/** Seeded draws. Only additions, multiplications and comparisons, so that a seed gives the same on every machine. */
export class Draws {
  private readonly generator;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return uniformInt(this.generator, min, max);
  }

  /** From 0 up to, but not including, 1. */
  share(): number {
    return uniformFloat64(this.generator);
  }

  chance(probability: number): boolean {
    return this.share() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** From part of a distribution where `from` and `to` are given, such as its lower half. */
  value(curve: Curve, from = 0, to = 1): number {
    return valueAt(curve, from + this.share() * (to - from));
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.map(() => left.splice(this.int(0, left.length - 1), 1)).flat();
  }
}

/** The value of a curve at a share. */
export function valueAt(curve: Curve, share: number): number {
  const next = curve.findIndex(([end]) => share <= end);
  const [toShare, toValue] = curve.at(next) ?? [1, 0];
  const [fromShare, fromValue] = curve[next - 1] ?? [toShare, toValue];
  if (toShare === fromShare) return toValue;
  return fromValue + ((share - fromShare) / (toShare - fromShare)) * (toValue - fromValue);
}

/** Draws items by their weights. */
export class Weighted<Item> {
  private readonly ends: number[] = [];

  constructor(
    private readonly items: readonly Item[],
    weightOf: (item: Item, index: number) => number,
  ) {
    let end = 0;
    for (const [index, item] of items.entries()) this.ends.push((end += weightOf(item, index)));
  }

  draw(draws: Draws): Item {
    const at = draws.share() * (this.ends.at(-1) ?? 0);
    let low = 0;
    let high = this.ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return this.items[low] as Item;
  }
}
