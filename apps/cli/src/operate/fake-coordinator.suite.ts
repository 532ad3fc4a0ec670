import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  problem,
  type FrozenList,
  type ParticipantView,
  type ProblemCode,
  type TransactionDetail,
  type TransactionExplanation,
  type TransactionHistory,
  type TransactionSummary,
} from '@holdfast/protocol';

/** What one call asked. */
export interface FakeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export type FakeAnswer =
  | { readonly status?: number; readonly body: unknown; readonly etag?: string }
  /** Takes the response over, as a stream does. */
  | { readonly stream: (response: ServerResponse) => void };

/** A coordinator that answers as it is told, and remembers what it was asked. */
export class FakeCoordinator {
  readonly requests: FakeRequest[] = [];
  /** By method and path without the query, such as `GET /v1/frozen`. */
  readonly routes = new Map<string, FakeAnswer | ((request: FakeRequest) => FakeAnswer)>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void (async () => {
        const { method = '', url: path = '', headers } = request;
        const given = await text(request);
        const asked = { method, path, headers, body: given === '' ? undefined : JSON.parse(given) };
        this.requests.push(asked);
        const route = this.routes.get(`${method} ${path.split('?')[0]}`);
        const answer = typeof route === 'function' ? route(asked) : route;
        this.send(response, answer ?? refused('NOT_FOUND', `There is no ${path}.`));
      })();
    });
  }

  private send(response: ServerResponse, answer: FakeAnswer): void {
    if ('stream' in answer) return answer.stream(response);
    const { status = 200, body, etag } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...(etag && { etag }) });
    response.end(JSON.stringify(body));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export function refused(code: ProblemCode, detail: string): FakeAnswer {
  const body = problem(
    code,
    detail,
    code === 'INVALID_REQUEST' ? [{ path: '/limit', message: 'too big' }] : undefined,
  );
  return { status: body.status, body };
}

export const XID = '019ab9a2-7c1b-7e3a-9a41-0242ac120002';
export const OTHER_XID = '019ab9a2-7c1b-7e3a-9a41-0242ac120003';
const T = '2026-11-25T12:00:00.000Z';

export const summary: TransactionSummary = {
  ...{ xid: XID, name: 'checkout', reference: '2026-0001', phase: 'confirming', reason: null },
  ...{ beganAt: T, deadlineAt: T, decidedAt: T, endedAt: null, paused: null },
  ...{ confirmNotBefore: null, coolingSince: null },
  hung: { since: T, code: 'NO_REPLY' },
  contradicted: false,
  forced: false,
  branches: [
    {
      ...{ branchId: '4', participant: 'payment', resource: 'payment.freeze', state: 'confirming' },
      ...{ answer: { amountMinor: '100' }, refusal: null },
    },
  ],
};

const none = {
  state: 'none',
  attempts: 0,
  firstAt: null,
  lastAt: null,
  nextAt: null,
  lastError: null,
} as const;
const lastError = { code: 'HANDLER_TIMEOUT', message: 'It took\nlonger than 5 s', at: T };

export const detail: TransactionDetail = {
  ...summary,
  wakeAt: T,
  branches: summary.branches.map((branch) => ({
    ...branch,
    tryBy: 'coordinator',
    input: { amountMinor: '100' },
    operations: {
      try: { ...none, state: 'done', attempts: 1, firstAt: T, lastAt: T },
      confirm: { ...none, state: 'pending', attempts: 7, firstAt: T, lastAt: T, nextAt: T, lastError },
      cancel: none,
    },
  })),
};

export const explanation: TransactionExplanation = {
  ...{ xid: XID, phase: 'confirming', hung: true, code: 'NO_REPLY', nextAt: T },
  sentence: 'It waits for payment.',
  runbook: 'runbooks/no-reply.md',
  branches: [
    {
      ...{ branchId: '4', participant: 'payment', resource: 'payment.freeze', operation: 'confirm' },
      ...{ code: 'NO_REPLY', sentence: 'payment does not answer.', since: T, attempts: 7 },
      ...{ lastError, nextAt: T, runbook: 'runbooks/no-reply.md' },
    },
  ],
};

export const history: TransactionHistory = {
  xid: XID,
  items: [
    { branchId: '4', operation: 'try', attempt: 1, sentAt: T, outcome: 'done', answeredAt: T, error: null },
    {
      ...{ branchId: '4', operation: 'confirm', attempt: 7, sentAt: T, outcome: 'unanswered' },
      ...{ answeredAt: null, error: null },
    },
  ],
  omitted: 5,
};

export const participant: ParticipantView = {
  participant: 'payment',
  paused: { since: T, actor: 'ada', reason: 'upgrade' },
  setAside: true,
  lastAnswerAt: T,
  resources: [
    { resource: 'payment.freeze', schemaHash: 'a', inputSchema: {}, sdkVersion: '0.1.0', announcedAt: T },
  ],
};

export const frozen: FrozenList = {
  items: [
    {
      ...{ xid: XID, branchId: '4', name: 'checkout', reference: null, participant: 'payment' },
      ...{ resource: 'payment.freeze', phase: 'confirming', state: 'forced', since: T },
      ...{ reservation: { amountMinor: '100' }, forced: true },
    },
  ],
  next: 'more',
};
