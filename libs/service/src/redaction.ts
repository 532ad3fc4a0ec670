const HIDDEN = '***';

/** What must not be read in a log, each with what stands in its place. They look at text and at JSON alike. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // Connection strings: the user and the password.
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi, `$1${HIDDEN}@`],
  // Authorization headers, wherever their value is quoted.
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  // Our own API keys; the part that names one may be read.
  [/\bhf_([A-Za-z0-9]+)_[A-Za-z0-9_-]+/g, `hf_$1_${HIDDEN}`],
  // Fields of that name, in JSON (also inside of a text), in configuration and in query strings.
  [
    /((?:authorization|cookie|password|passwd|secret|token|api-?key|[A-Z0-9_]*_(?:KEY|SECRET|PASSWORD))\\*["']?\s*[:=]\s*\\*["']?)(?!(?:bearer|basic)\s)[^\s"'\\,;&}]+/gi,
    `$1${HIDDEN}`,
  ],
];

/** Hides credentials in what is about to be logged. */
export function redacted(text: string): string {
  return SECRETS.reduce((clean, [secret, shown]) => clean.replace(secret, shown), text);
}
