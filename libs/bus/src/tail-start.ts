import { PositionGone } from './bus.js';
import type { Position } from './bus.js';

/** What a partition keeps: from the oldest offset to before the next one. */
export interface PartitionSpan {
  readonly partition: number;
  readonly oldest: bigint;
  readonly next: bigint;
}

/**
 * Where a tail begins on each partition.
 * @throws PositionGone if messages behind `from` are gone, or never were.
 */
export function tailStart(spans: readonly PartitionSpan[], from: Position | undefined): Position {
  if (!from) return new Map(spans.map(({ partition, next }) => [partition, next]));
  const known = new Set(spans.map(({ partition }) => partition));
  for (const partition of from.keys()) {
    if (!known.has(partition)) throw new PositionGone(`There is no partition ${partition}`);
  }
  return new Map(
    spans.map(({ partition, oldest, next }) => {
      const at = from.get(partition) ?? oldest;
      if (at >= oldest && at <= next) return [partition, at];
      throw new PositionGone(`Partition ${partition} keeps offsets ${oldest} to ${next}, not ${at}`);
    }),
  );
}
