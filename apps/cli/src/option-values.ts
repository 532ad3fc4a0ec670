import { durationMs } from '@holdfast/protocol';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** Milliseconds of a duration such as `30s` or `720h`. */
export function duration(text: string): number {
  try {
    return durationMs(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** A value that fits a schema of the API: what does not is a mistake of usage, found before anything is sent. */
export function fitting<T>(schema: z.ZodType<T>): (text: string) => T {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => message).join('; '));
  };
}
