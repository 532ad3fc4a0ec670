import { Problem } from '@holdfast/protocol';
import type { z } from 'zod';
import { CommandError, EXIT, refusal } from '../exit-code.js';

/** Longer than any answer takes, and short enough for whoever waits. */
const ANSWER_MS_MAX = 30_000;

export type Query = Readonly<Record<string, string | undefined>>;

export interface Answer<T> {
  readonly body: T;
  /** The body as it came: what programs get, also what this version knows nothing of. */
  readonly raw: unknown;
  readonly etag: string | null;
}

/** A running coordinator, called over REST. Everything that goes wrong is a CommandError with a sentence. */
export class Coordinator {
  private readonly base: string;

  constructor(
    url: string,
    private readonly apiKey: string | undefined,
  ) {
    this.base = url.replace(/\/+$/, '');
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new CommandError(
        'The address of the coordinator (HOLDFAST_URL) must be a URL such as http://127.0.0.1:3000.',
        EXIT.usage,
      );
  }

  async get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<Answer<T>> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = new URLSearchParams(given).toString();
    return this.answer(await this.send(search ? `${path}?${search}` : path, {}), schema);
  }

  async post<T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    return this.answer(await this.send(path, init), schema);
  }

  /** A stream of events, until it ends or the signal is aborted. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.send(path, { headers, signal });
    return (response.body ?? []) as AsyncIterable<Uint8Array>;
  }

  private async send(path: string, init: RequestInit): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      ...(this.apiKey !== undefined && { authorization: `Bearer ${this.apiKey}` }),
    };
    const signal = init.signal ?? AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(this.base + path, { ...init, headers, signal }).catch((error: unknown) => {
      throw new CommandError(
        `The coordinator at ${this.base} does not answer (${reasonOf(error)}): see whether it runs, and HOLDFAST_URL.`,
      );
    });
    if (response.ok) return response;
    const problem = Problem.safeParse(await response.json().catch(() => undefined));
    if (problem.success) throw refusal(problem.data);
    throw new CommandError(
      `What answers at ${this.base} is no coordinator (HTTP ${response.status}): see HOLDFAST_URL.`,
    );
  }

  private async answer<T>(response: Response, schema: z.ZodType<T>): Promise<Answer<T>> {
    const raw: unknown = await response.json().catch(() => undefined);
    const { data, error } = schema.safeParse(raw);
    if (error)
      throw new CommandError(
        `The coordinator at ${this.base} answers otherwise than this version of holdfast expects: use the version of the coordinator.`,
      );
    return { body: data, raw, etag: response.headers.get('etag') };
  }
}

function reasonOf(error: unknown): string {
  const { cause, message, name } = error as Error;
  if (name === 'TimeoutError') return `nothing for ${ANSWER_MS_MAX / 1000} s`;
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? (inner || message);
}
