import { defineBranch } from '@holdfast/client';
import { z } from 'zod';

/** The participants of equal work: each a process with a database of its own. */
export const EQUAL_PARTICIPANTS = ['equal-1', 'equal-2', 'equal-3', 'equal-4'] as const;
export const ROWS = 10_000;

/** Freezes one piece of a row. */
export const updateRow = (participant: string) =>
  defineBranch({
    resource: `${participant}.row`,
    participant,
    input: z.object({ row: z.int().min(1).max(ROWS) }),
    reservation: z.object({ row: z.int() }),
  });

/** Changes nothing but the fence. */
export const doNothing = (participant: string) =>
  defineBranch({
    resource: `${participant}.nothing`,
    participant,
    input: z.object({}),
    reservation: z.object({}),
  });
