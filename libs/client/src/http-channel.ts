import { TRACE_PARENT_HEADER, callersTraceParent } from '@holdfast/bus';
import { Pool, errors } from 'undici';
import type { Dispatcher } from 'undici';

/** How long a connection may take to open, and an answer to continue once it has begun: longer than any wait. */
const CONNECT_MS_MAX = 5_000;
const BODY_PAUSE_MS_MAX = 20_000;
/** More than any answer: 32 branches with the largest inputs and answers that the protocol allows. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Errors after which nothing can have reached the coordinator. */
const NEVER_SENT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export interface HttpAnswer {
  readonly status: number;
  /** Parsed JSON; the text itself where it is none. */
  readonly body: unknown;
  /** Of a begin: whether it was begun before. */
  readonly replayed?: boolean;
  /** Of what was turned down for now: seconds after which it may go well. */
  readonly retryAfter?: number | undefined;
}

/** Takes an answer as it arrives. What its methods throw breaks the connection off. */
export interface AnswerReceiver {
  /** @param retryAfter in seconds, where the answer says it. */
  head(status: number, retryAfter?: number): void;
  data(chunk: Buffer): void;
  end(): void;
  /** No whole answer came, or will come. */
  lost(error: ConnectionLost): void;
}

/** No answer came: whether the request was acted upon is unknown, unless it was never sent. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(
    cause: Error,
    readonly neverSent: boolean,
    /** Whether the client itself was closed, so that no repeat can help. */
    readonly closed: boolean,
  ) {
    super(cause.message || (cause as NodeJS.ErrnoException).code, { cause });
  }
}

/** Connections to the coordinator that stay open. One request at a time on each: a call that waits holds its own. */
export class HttpChannel {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #credential: Readonly<Record<string, string>>;
  #closing: Promise<void> | undefined;

  constructor(url: string, connections: number, apiKey: string | undefined) {
    this.#credential = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const { origin, pathname } = new URL(url);
    this.#prefix = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      connections,
      connect: { timeout: CONNECT_MS_MAX },
      bodyTimeout: BODY_PAUSE_MS_MAX,
    });
  }

  /**
   * @param path with its query, below the coordinator's address.
   * @param answerMsMax how long to wait for the answer to begin.
   * @throws ConnectionLost if no whole answer came.
   */
  send(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    answerMsMax: number,
  ): Promise<HttpAnswer> {
    const traceParent = callersTraceParent();
    const trace: Record<string, string> = {};
    if (traceParent !== undefined) trace[TRACE_PARENT_HEADER] = traceParent;
    return new Promise((resolve, reject) => {
      this.#dispatch(method, path, body, answerMsMax, new AnswerCollector(resolve, reject), trace);
    });
  }

  /** Posts a body and hands its answer on while it arrives. */
  stream(path: string, body: string, answerMsMax: number, receiver: AnswerReceiver): void {
    this.#dispatch('POST', path, body, answerMsMax, receiver);
  }

  #dispatch(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    answerMsMax: number,
    receiver: AnswerReceiver,
    trace: Readonly<Record<string, string>> = {},
  ): void {
    const headers: Record<string, string> = { ...this.#credential, ...trace };
    if (body !== undefined) headers['content-type'] = 'application/json';
    this.#pool.dispatch(
      {
        ...{ method, headers },
        path: this.#prefix + path,
        body: body ?? null,
        headersTimeout: Math.max(1, Math.ceil(answerMsMax)),
      },
      new AnswerHandler(receiver),
    );
  }

  /** Lets the requests under way be answered, then closes. */
  close(): Promise<void> {
    return (this.#closing ??= this.#pool.close());
  }
}

/** Without undici's streams a request costs a third less CPU (83 against 121 µs with 1,024 in flight). */
class AnswerHandler implements Dispatcher.DispatchHandler {
  constructor(private readonly receiver: AnswerReceiver) {}

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const retryAfter = headers['retry-after'];
    // It may be a date as well, which no coordinator says: such an answer is repeated as if it said nothing.
    const seconds =
      typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
    this.receiver.head(status, seconds);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.receiver.data(chunk);
  }

  onResponseEnd(): void {
    this.receiver.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const closed = error instanceof errors.ClientClosedError || error instanceof errors.ClientDestroyedError;
    const neverSent = closed || NEVER_SENT.has((error as NodeJS.ErrnoException).code ?? '');
    this.receiver.lost(new ConnectionLost(error, neverSent, closed));
  }
}

/** Waits for the whole answer. */
export class AnswerCollector implements AnswerReceiver {
  #status = 0;
  #retryAfter: number | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    private readonly resolve: (answer: HttpAnswer) => void,
    readonly lost: (error: ConnectionLost) => void,
  ) {}

  head(status: number, retryAfter?: number): void {
    this.#status = status;
    this.#retryAfter = retryAfter;
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) throw new RangeError(`the answer has over ${ANSWER_BYTES_MAX} bytes`);
    this.#chunks.push(chunk);
  }

  end(): void {
    const retryAfter = this.#retryAfter;
    this.resolve({
      status: this.#status,
      body: parsed(Buffer.concat(this.#chunks).toString()),
      ...(retryAfter !== undefined && { retryAfter }),
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
