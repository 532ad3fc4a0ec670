import { z } from 'zod';

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const PATTERN = /^(\d{1,9})(ms|s|m|h)$/;

/** Milliseconds of a duration such as `500ms`, `30s`, `10m` or `2h`. Throws a RangeError on anything else. */
export function durationMs(text: string): number {
  const match = PATTERN.exec(text);
  if (!match)
    throw new RangeError(
      `"${text}" is not a duration: write a number and a unit, such as 500ms, 30s, 10m or 2h`,
    );
  return Number(match[1]) * MS[match[2] as keyof typeof MS];
}

/** A duration between two limits in milliseconds, both included, written as text. The value is in milliseconds. */
export function durationBetween(minMs: number, maxMs: number) {
  return z
    .string()
    .regex(PATTERN, 'a duration is a number and a unit, such as 500ms, 30s, 10m or 2h')
    .refine(
      (text) => !PATTERN.test(text) || (durationMs(text) >= minMs && durationMs(text) <= maxMs),
      `between ${minMs} ms and ${maxMs} ms`,
    );
}
