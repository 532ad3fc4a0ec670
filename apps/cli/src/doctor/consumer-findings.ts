import { fault, ok, warning, type Finding } from './finding.js';

/** So many messages a healthy reader is through with in a second. */
const LAG_MAX = 1_000;

/** A group that has to read a topic. */
export interface ReaderState {
  /** Who that is, such as `payment`. */
  readonly who: string;
  readonly topic: string;
  readonly consumers: number;
  /** Messages that it has not committed. */
  readonly lag: number;
}

export function consumerFinding({ who, topic, consumers, lag }: ReaderState): Finding {
  const check = `consumer ${who}`;
  const behind = `${lag} ${lag === 1 ? 'message' : 'messages'} behind`;
  if (consumers === 0)
    return fault(check, `Nobody reads ${topic} (${behind}): start ${who}, or see why it does not stay.`);
  if (lag > LAG_MAX)
    return warning(
      check,
      `${who} is ${behind} on ${topic}: see its log, and start more of it if it is only slow.`,
    );
  return ok(check, `${consumers} ${consumers === 1 ? 'reads' : 'read'} ${topic}, ${behind}.`);
}

/** Messages that nobody could read or may act on any more. */
export function deadLetterFinding(
  kept: readonly { readonly topic: string; readonly count: number }[],
): Finding {
  const some = kept.filter(({ count }) => count > 0).map(({ topic, count }) => `${count} on ${topic}`);
  if (some.length === 0) return ok('dead letters', 'There are none.');
  return warning('dead letters', `There are dead letters (${some.join(', ')}): read why in their headers.`);
}
