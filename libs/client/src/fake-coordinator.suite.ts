import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { begin, decisionOf, findBranch, transition } from '@holdfast/core';
import type { Branch, BranchDeclaration, Event, Transaction } from '@holdfast/core';
import {
  BeginRequest,
  CANCEL_DEFAULTS,
  CancelRequest,
  ConfirmRequest,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  RefusedReport,
  RegisterBranchRequest,
  TIMEOUT_MS_DEFAULT,
  TriedReport,
  durationMs,
  problem,
} from '@holdfast/protocol';
import type { BranchState, BranchSummary, Problem, TransactionSummary } from '@holdfast/protocol';

/** What goes wrong with one request. `After` ones are acted upon, and only the answer goes wrong. */
export const FAULTS = [
  'none',
  'resetBefore',
  'resetAfter',
  'unavailableBefore',
  'unavailableAfter',
  'foreignAfter',
  'truncatedAfter',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What a participant answers to the Try of a branch; `silent` ones are answered by the spec, or never. */
export type Answer =
  | { readonly tried: unknown }
  | { readonly refused: { readonly code: string; readonly message: string } }
  | 'silent';

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

class Rejected extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/**
 * A coordinator behind real HTTP that keeps its transactions in memory. It decides by the same state machine as the
 * real one; participants answer at once, as `answer` says.
 */
export class FakeCoordinator {
  /** Consumed one a request; `none` where none is left. */
  faults: Fault[] = [];
  answer: (branch: BranchDeclaration) => Answer = () => ({ tried: { ok: true } });
  /** Called before each request is acted upon, with its number from 1. */
  beforeRequest: (count: number) => void = () => {};
  /** The longest that a request is held back in reality, whatever it asks for. */
  holdMsMax = 10_000;
  /** Turns down every begin before it looks at its key. */
  refuseBegins = false;
  readonly requests: { readonly line: string; readonly body: unknown; readonly key: string | undefined }[] =
    [];
  connections = 0;

  readonly #transactions = new Map<string, Transaction>();
  readonly #xidsByKey = new Map<string, { readonly xid: string; readonly body: string }>();
  /** Requests that are held back; each looks again whenever something has changed. */
  readonly #held = new Set<() => void>();
  #stopping = false;
  /** Milliseconds since 1970; stands still, except that `expire` moves it. */
  #now = Date.parse('2026-01-01T00:00:00Z');

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<FakeCoordinator> {
    const server = createServer();
    const fake = new FakeCoordinator(server);
    server.on('connection', () => fake.connections++);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void fake.#serve(request, response);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return fake;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const look of this.#held) look();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The durable state of the transaction begun with a key, or of the only one. */
  transaction(key?: string): Transaction | undefined {
    if (key === undefined) return [...this.#transactions.values()][0];
    return this.#transactions.get(this.#xidsByKey.get(key)?.xid ?? '');
  }

  get begun(): number {
    return this.#transactions.size;
  }

  /** A silent participant answers at last. */
  answerNow(xid: string, branchId: string, answer: Exclude<Answer, 'silent'>): void {
    const at = this.#now;
    if ('tried' in answer) {
      this.#apply(xid, { type: 'tried', at, branchId, answer: answer.tried, reported: false });
    } else this.#apply(xid, { type: 'refused', at, branchId, ...answer.refused, reported: false });
  }

  /** All deadlines pass. */
  expireAll(): void {
    this.#now += durationMs('24h');
    for (const xid of this.#transactions.keys()) this.#apply(xid, { type: 'woken', at: this.#now });
  }

  /** The participants carry out the decision. */
  settleAll(): void {
    for (const { xid, branches, phase } of this.#transactions.values()) {
      if (phase !== 'confirming' && phase !== 'cancelling') continue;
      const type = phase === 'confirming' ? 'confirmed' : 'cancelled';
      for (const { branchId } of branches) this.#apply(xid, { type, at: this.#now, branchId });
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const key = request.headers[IDEMPOTENCY_KEY_HEADER] as string | undefined;
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    this.requests.push({ line: `${request.method} ${request.url}`, body, key });
    this.beforeRequest(this.requests.length);
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'resetBefore') {
      request.socket.destroy();
      return;
    }
    if (fault === 'unavailableBefore') {
      send(response, problemReply(problem('UNAVAILABLE', 'away')));
      return;
    }
    const reply = await this.#act(request, body, key);
    if (fault === 'resetAfter') request.socket.destroy();
    else if (fault === 'unavailableAfter') send(response, problemReply(problem('UNAVAILABLE', 'away')));
    else if (fault === 'foreignAfter')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>');
    else if (fault === 'truncatedAfter') truncate(response, reply);
    else send(response, reply);
  }

  async #act(request: IncomingMessage, body: unknown, key: string | undefined): Promise<Reply> {
    try {
      return await this.#route(request, body, key);
    } catch (error) {
      if (error instanceof Rejected) return problemReply(error.problem);
      return problemReply(problem('INVALID_REQUEST', String(error)));
    }
  }

  async #route(request: IncomingMessage, body: unknown, key: string | undefined): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const [, xid = '', branchId, action] =
      /^\/v1\/transactions(?:\/([^/]+))?(?:\/branches(?:\/([^/]+))?)?(?:\/actions\/(\w+))?$/.exec(pathname) ??
      [];
    const wait = searchParams.get('wait');
    const at = this.#now;
    if (pathname === '/v1/transactions') {
      const { transaction, replayed } = this.#begin(BeginRequest.parse(body), key);
      await this.#hold(searchParams, () => this.#hasReached(transaction.xid, wait));
      const headers = replayed ? { [IDEMPOTENCY_REPLAYED_HEADER]: 'true' } : undefined;
      const reply = { status: replayed ? 200 : 201, body: summary(this.#get(transaction.xid)) };
      return headers ? { ...reply, headers } : reply;
    }
    if (action === 'confirm') {
      this.#apply(xid, { type: 'confirmRequested', at, ...ConfirmRequest.parse(body) });
    } else if (action === 'cancel') {
      this.#apply(xid, { type: 'cancelRequested', at, ...CANCEL_DEFAULTS, ...CancelRequest.parse(body) });
    } else if (action === 'tried' && branchId !== undefined) {
      this.#apply(xid, { type: 'tried', at, branchId, ...TriedReport.parse(body), reported: true });
    } else if (action === 'refused' && branchId !== undefined) {
      this.#apply(xid, { type: 'refused', at, branchId, ...RefusedReport.parse(body), reported: true });
    } else if (pathname.endsWith('/branches')) {
      const branch = RegisterBranchRequest.parse(body);
      this.#register(xid, branch);
      await this.#hold(searchParams, () => branchOf(this.#get(xid), branch.branchId).state !== 'trying');
      return { status: 200, body: branchOf(this.#get(xid), branch.branchId) };
    }
    if (branchId !== undefined) return { status: 200, body: branchOf(this.#get(xid), branchId) };
    await this.#hold(searchParams, () => this.#hasReached(xid, wait));
    return { status: 200, body: summary(this.#get(xid)) };
  }

  #begin(request: BeginRequest, key: string | undefined): { transaction: Transaction; replayed: boolean } {
    if (this.refuseBegins) throw new Rejected(problem('UNKNOWN_RESOURCE', 'nobody announced it'));
    const text = JSON.stringify(request);
    const known = key === undefined ? undefined : this.#xidsByKey.get(key);
    if (known && known.body !== text) throw new Rejected(problem('IDEMPOTENCY_KEY_REUSED', 'another body'));
    if (known) return { transaction: this.#get(known.xid), replayed: true };
    const xid = `01890000-0000-7000-8000-${String(this.begun + 1).padStart(12, '0')}`;
    const branches = (request.branches ?? []).map((branch, i) => ({
      ...branch,
      branchId: branch.branchId ?? String(i + 1),
      tryBy: 'coordinator' as const,
    }));
    const at = this.#now;
    const deadlineAt =
      at + (request.timeout === undefined ? TIMEOUT_MS_DEFAULT : durationMs(request.timeout));
    const { name, reference = null } = request;
    const { transaction } = begin({ at, xid, name, reference, deadlineAt, branches });
    this.#transactions.set(xid, transaction);
    if (key !== undefined) this.#xidsByKey.set(key, { xid, body: text });
    for (const branch of branches) this.#try(xid, branch);
    return { transaction, replayed: false };
  }

  #register(xid: string, branch: BranchDeclaration): void {
    const isNew = findBranch(this.#get(xid), branch.branchId) === undefined;
    this.#apply(xid, { type: 'branchRegistered', at: this.#now, branch });
    if (isNew && branch.tryBy === 'coordinator') this.#try(xid, branch);
  }

  #try(xid: string, branch: BranchDeclaration): void {
    const answer = this.answer(branch);
    if (answer !== 'silent') this.answerNow(xid, branch.branchId, answer);
  }

  #apply(xid: string, event: Event): void {
    const { transaction, rejection } = transition(this.#get(xid), event);
    this.#transactions.set(xid, transaction);
    for (const look of this.#held) look();
    if (rejection) throw new Rejected(problem(rejection.code, rejection.detail));
  }

  #get(xid: string): Transaction {
    const transaction = this.#transactions.get(xid);
    if (!transaction) throw new Rejected(problem('TRANSACTION_NOT_FOUND', xid));
    return transaction;
  }

  #hasReached(xid: string, wait: string | null): boolean {
    const transaction = this.#get(xid);
    if (wait === 'ended') return transaction.endedAt !== null;
    return wait !== 'decided' || decisionOf(transaction) !== null;
  }

  async #hold(query: URLSearchParams, condition: () => boolean): Promise<void> {
    if (!query.has('wait') || condition()) return;
    const holdMs = Math.min(this.holdMsMax, durationMs(query.get('timeout') ?? '5s'));
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.#stopping || condition()) finish();
      };
      const finish = () => {
        clearTimeout(timer);
        this.#held.delete(look);
        resolve();
      };
      const timer = setTimeout(finish, holdMs);
      this.#held.add(look);
    });
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function problemReply(body: Problem): Reply {
  return { status: body.status, body, headers: { 'content-type': 'application/problem+json' } };
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function truncate(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-length': text.length });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

function stateOf(transaction: Transaction, { try: first, settle }: Branch): BranchState {
  const confirm = decisionOf(transaction) === 'confirm';
  switch (settle.state) {
    case 'none':
      return first.state === 'pending' ? 'trying' : first.state;
    case 'pending':
      return confirm ? 'confirming' : 'cancelling';
    case 'done':
      return confirm ? 'confirmed' : 'cancelled';
    case 'contradicted':
      return 'contradicted';
  }
}

function branchOf(transaction: Transaction, branchId: string): BranchSummary {
  const branch = findBranch(transaction, branchId);
  if (!branch) throw new Rejected(problem('BRANCH_NOT_FOUND', branchId));
  return {
    branchId,
    participant: branch.participant,
    resource: branch.resource,
    state: stateOf(transaction, branch),
    answer: branch.try.state === 'tried' ? branch.try.answer : null,
    refusal: branch.try.state === 'refused' ? branch.try.refusal : null,
  };
}

function summary(transaction: Transaction): TransactionSummary {
  const { xid, name, reference, phase, reason, branches } = transaction;
  const time = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...{ xid, name, reference, phase, reason },
    beganAt: time(transaction.beganAt) as string,
    deadlineAt: time(transaction.deadlineAt) as string,
    decidedAt: time(transaction.decidedAt),
    endedAt: time(transaction.endedAt),
    paused: null,
    hung: null,
    contradicted: false,
    forced: false,
    branches: branches.map(({ branchId }) => branchOf(transaction, branchId)),
  };
}
