/** A service can't start, and a person has to change something first: the message says what, in a sentence. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
