const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A span of time in its two greatest units, such as `3m 12s`. */
export function spanText(ms: number): string {
  const units = [
    ['d', DAY_MS],
    ['h', HOUR_MS],
    ['m', MINUTE_MS],
    ['s', SECOND_MS],
  ] as const;
  const first = units.findIndex(([, unitMs]) => ms >= unitMs);
  if (first < 0) return '0s';
  let rest = ms;
  const parts = units.slice(first, first + 2).map(([name, unitMs]) => {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    return count > 0 ? `${count}${name}` : '';
  });
  return parts.filter(Boolean).join(' ');
}

/** How long ago a time was, or `in` how long it will be; null stays null. */
export function agoText(time: string | null, now: number): string | null {
  if (time === null) return null;
  const ms = now - Date.parse(time);
  return ms >= 0 ? `${spanText(ms)} ago` : `in ${spanText(-ms)}`;
}
