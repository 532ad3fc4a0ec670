import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { Problem } from '@holdfast/protocol';
import { HttpProblem } from './http-problem.js';

type FieldErrors = NonNullable<Problem['errors']>;

/** The part of an issue that zod and the Standard Schema have in common. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A page of 5,000 wrong rows would otherwise be answered by a page of 5,000 errors. */
const FIELD_ERRORS_MAX = 100;

/** What a schema found, by JSON pointer (RFC 6901). */
export function fieldErrors(issues: readonly Issue[]): FieldErrors {
  return issues.map(({ path = [], message }) => ({ path: path.map(pointerStep).join(''), message }));
}

function pointerStep(step: PropertyKey | { readonly key: PropertyKey }): string {
  const key = String(typeof step === 'object' ? step.key : step);
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The request does not fit: 422, field by field, all of them at once. */
export function invalidRequest(errors: FieldErrors): HttpProblem {
  const shown = errors.slice(0, FIELD_ERRORS_MAX);
  const fields = errors.length === 1 ? 'One field is' : `${errors.length} fields are`;
  const cut = shown.length < errors.length ? `; the first ${shown.length} are listed` : '';
  return HttpProblem.of('INVALID_REQUEST', `${fields} at fault${cut}.`, shown);
}

class ValidationPipe extends StandardSchemaValidationPipe {
  /**
   * Nest would look for them in every value. Fastify has turned such a body away while it was text, and its queries are
   * objects without a prototype.
   */
  protected override stripProtoKeys(): void {}
}

/** Checks what is marked with a schema: `@Body({ schema: StockPage })`. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new ValidationPipe({
    exceptionFactory: (issues) => invalidRequest(fieldErrors(issues)),
  });
}
