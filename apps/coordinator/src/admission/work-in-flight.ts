import { openSendings } from '@holdfast/core';
import type { Held } from '../engine/held-transactions.js';

/**
 * For each transaction that goes on, the participants whose answers it waits for. One that is paused, that waits for
 * its initiator or its time, or that hangs does not go on: it costs nothing but memory. What hangs because nobody
 * answers still waits for him.
 */
export function waitsOf(held: Iterable<Held>, setAside: ReadonlySet<string>): string[][] {
  const waits: string[][] = [];
  for (const { current, foreign } of held) {
    if (foreign) continue;
    const names: string[] = [];
    for (const { participant, attempts } of openSendings(current))
      if (attempts > 0 && (current.hung === null || setAside.has(participant))) names.push(participant);
    if (names.length > 0 || current.endedAt !== null) waits.push(names);
  }
  return waits;
}
