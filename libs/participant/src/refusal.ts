import { Code, cleanText } from '@holdfast/protocol';

/** A Try's no: a value, not an exception. It leaves no effect, and the transaction is cancelled for this reason. */
export class Refusal {
  /** Keeps a reservation that happens to have a code and a message from being taken for a refusal. */
  readonly #brand = true;

  constructor(
    readonly code: string,
    readonly message: string,
  ) {}

  static is(answer: unknown): answer is Refusal {
    return typeof answer === 'object' && answer !== null && #brand in answer;
  }
}

/**
 * Says no to a Try: `return refused('OUT_OF_STOCK', 'Only 3 of TEAPOT-1 are left')`.
 * @param code for programs: capital letters, digits and "_", at most 64 characters.
 * @param message for people; what is too long is cut.
 * @throws ZodError if the code is not one, which fails the Try instead of refusing it.
 */
export function refused(code: string, message: string = code): Refusal {
  return new Refusal(Code.parse(code), cleanText(message));
}
