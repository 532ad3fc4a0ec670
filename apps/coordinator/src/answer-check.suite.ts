import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

interface MediaType {
  readonly schema: object;
}

/** What a spec reads of an OpenAPI document. */
export interface ApiDocument {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { responses: Record<string, { content?: Record<string, MediaType> }> }>>
    >
  >;
  readonly components: object;
}

/** Holds answers against the OpenAPI document: an answer that it does not describe fails the test that got it. */
export class AnswerCheck {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly paths: { readonly pattern: RegExp; readonly path: string }[];

  constructor(private readonly document: ApiDocument) {
    this.ajv.addSchema({ $id: 'api', components: document.components });
    this.paths = Object.keys(document.paths).map((path) => ({
      path,
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /** @throws Error if the document has no such answer, or another. */
  expect(method: string, url: string, status: number, mediaType: string, body: unknown): void {
    const [pathname = ''] = url.split('?');
    const path = this.paths.find(({ pattern }) => pattern.test(pathname))?.path;
    const operation = path && this.document.paths[path]?.[method.toLowerCase()];
    // What is not there is answered by nobody in particular.
    if (!operation) return;
    const range = `${Math.floor(status / 100)}XX`;
    const key = String(status) in operation.responses ? String(status) : range;
    const what = `${method} ${path} ${key} ${mediaType}`;
    const schema = operation.responses[key]?.content?.[mediaType]?.schema;
    if (!schema) throw new Error(`The OpenAPI document does not know ${what} (${JSON.stringify(body)})`);
    const validate = this.validatorOf(what, schema);
    if (validate(body)) return;
    throw new Error(
      `${what} does not fit: ${this.ajv.errorsText(validate.errors)} (${JSON.stringify(body)})`,
    );
  }

  private validatorOf(what: string, schema: object): ValidateFunction {
    const known = this.validators.get(what);
    if (known) return known;
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
    const made = this.ajv.compile(JSON.parse(text) as object);
    this.validators.set(what, made);
    return made;
  }
}
