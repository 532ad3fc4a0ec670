/**
 * A text as one line for a terminal: what participants and initiators wrote must not move the cursor, change colours
 * or break a table.
 */
export function printable(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
}

/** At most so many characters, the last of which tells that something was cut off. */
export function shortened(text: string, charactersMax: number): string {
  const characters = [...text];
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join('')}…`;
}
