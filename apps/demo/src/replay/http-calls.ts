import { Agent, request } from 'undici';

/** An order is answered once it is decided, for which the order service waits up to a minute. */
const ANSWER_MS_MAX = 75_000;
const CONNECT_MS_MAX = 5_000;
const BODY_PAUSE_MS_MAX = 10_000;

export interface HttpAnswer {
  readonly status: number;
  /** What its JSON says. */
  readonly body: unknown;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** Calls the services, over connections that stay open. */
export class HttpCalls {
  readonly #agent: Agent;

  /** @param connections to each service, at most; a call holds one until it is answered. */
  constructor(connections: number) {
    this.#agent = new Agent({
      connections,
      connect: { timeout: CONNECT_MS_MAX },
      headersTimeout: ANSWER_MS_MAX,
      bodyTimeout: BODY_PAUSE_MS_MAX,
    });
  }

  /** Rejects if no whole answer came, or one that is no JSON. */
  async call({ method, url, headers, body }: HttpCall): Promise<HttpAnswer> {
    const answer = await request(url, {
      dispatcher: this.#agent,
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      body: body ? JSON.stringify(body) : null,
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  }

  /** Breaks off what is under way: it rejects, as every further call does. */
  async destroy(): Promise<void> {
    await this.#agent.destroy();
  }
}
