import { isContradicted, isDisputed, isForced } from '@holdfast/core';
import type { ForceProgress, Transaction } from '@holdfast/core';

/**
 * The columns in which only few transactions have something, as JSON whose keys `SAVE` reads; null where nothing is
 * amiss, as with nearly all, whose columns then get their defaults.
 */
export function operatorColumns(transaction: Transaction): string | null {
  const { phase, paused, hung, coolingSince, branches } = transaction;
  const slot = phase === 'trying' ? 'try' : 'settle';
  let attemptsMax = 1;
  let lastError: { code: string; at: number } | null = null;
  for (const branch of branches) {
    const { settle, force } = branch;
    const asked = settle.state === 'forcing' ? (force as ForceProgress) : branch[slot];
    const { state, attempts, lastError: error } = asked;
    attemptsMax = Math.max(attemptsMax, attempts);
    const isOpen = state === 'pending' || state === 'contradicted';
    if (isOpen && error && (!lastError || error.at > lastError.at)) lastError = error;
  }
  const contradicted = isContradicted(transaction);
  const forced = isForced(transaction);
  const isAmiss = contradicted || forced || paused !== null || hung !== null || lastError !== null;
  if (!isAmiss && attemptsMax === 1 && coolingSince === null) return null;
  return JSON.stringify({
    pausedAt: paused?.since,
    pausedBy: paused?.actor,
    pauseReason: paused?.reason,
    hungCode: hung?.code,
    hungSince: hung?.since,
    hungParticipants: hung?.participants,
    coolingSince: coolingSince ?? undefined,
    contradicted,
    acknowledged: contradicted && !isDisputed(transaction) ? true : undefined,
    forced,
    attemptsMax,
    lastErrorCode: lastError?.code,
  });
}
