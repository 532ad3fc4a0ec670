import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { begin, decisionOf, findBranch, transition } from '@holdfast/core';
import type { Branch, BranchDeclaration, Event, Transaction } from '@holdfast/core';
import {
  BeginManyRequest,
  CANCEL_DEFAULTS,
  CancelRequest,
  ConfirmRequest,
  RefusedReport,
  RegisterBranchRequest,
  TIMEOUT_MS_DEFAULT,
  TriedReport,
  durationMs,
  problem,
} from '@holdfast/protocol';
import type { BeginItem, BranchState, BranchSummary, Problem, TransactionSummary } from '@holdfast/protocol';

/** What goes wrong with one request. `After` ones are acted upon, and only the answer goes wrong. */
export const FAULTS = [
  'none',
  'resetBefore',
  'resetAfter',
  'unavailableBefore',
  'unavailableAfter',
  'tooManyBefore',
  'foreignAfter',
  'headOnlyAfter',
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
  readonly replayed?: boolean;
  readonly retryAfter?: number;
}

type ReadItem = ReturnType<typeof BeginManyRequest.parse>['begins'][number];

class Rejected extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfter?: number,
  ) {
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
  /** Turns down so many begins with new keys, and says when to come back, in seconds. */
  busy = { times: 0, retryAfter: 1 };
  readonly requests: { readonly line: string; readonly body: unknown }[] = [];
  /** The begins among them, one by one. */
  readonly begins: BeginItem[] = [];
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
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    this.requests.push({ line: `${request.method} ${request.url}`, body });
    this.beforeRequest(this.requests.length);
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'resetBefore') request.socket.destroy();
    else if (fault === 'unavailableBefore') send(response, AWAY);
    else if (fault === 'tooManyBefore') response.writeHead(429, { 'retry-after': '7' }).end('Too much');
    else if (request.url === '/v1/transactions/actions/begin') await this.#beginMany(response, body, fault);
    else answerWith(fault, response, await this.#act(() => this.#route(request, body)));
  }

  /** The head leaves at once, and each line when it is known; what a fault spoils, it spoils when all are known. */
  async #beginMany(response: ServerResponse, body: unknown, fault: Fault): Promise<void> {
    const { begins } = BeginManyRequest.parse(body);
    const lines = begins.map(async (item, index) => {
      const reply = await this.#act(() => this.#beginOne(item));
      const line = `${JSON.stringify({ index, replayed: false, ...reply })}\n`;
      if (fault === 'none' && !response.destroyed) response.write(line);
      return line;
    });
    if (fault !== 'none')
      return answerWith(fault, response, { status: 200, body: (await Promise.all(lines)).join('') });
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders();
    await Promise.all(lines);
    if (!response.destroyed) response.end();
  }

  async #beginOne(item: ReadItem): Promise<Reply> {
    if (item === undefined || 'issues' in item) throw new Rejected(problem('INVALID_REQUEST', String(item)));
    this.begins.push(item);
    const { transaction, replayed } = this.#begin(item.request, item.idempotencyKey);
    await this.#hold(item.wait, item.timeout, () => this.#hasReached(transaction.xid, item.wait));
    return { status: replayed ? 200 : 201, replayed, body: summary(this.#get(transaction.xid)) };
  }

  async #act(act: () => Promise<Reply>): Promise<Reply> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Rejected)
        return { ...problemReply(error.problem), ...(error.retryAfter && { retryAfter: error.retryAfter }) };
      return problemReply(problem('INVALID_REQUEST', String(error)));
    }
  }

  async #route(request: IncomingMessage, body: unknown): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const [, xid = '', branchId, action] =
      /^\/v1\/transactions(?:\/([^/]+))?(?:\/branches(?:\/([^/]+))?)?(?:\/actions\/(\w+))?$/.exec(pathname) ??
      [];
    const wait = searchParams.get('wait') ?? undefined;
    const timeout = searchParams.get('timeout') ?? undefined;
    const at = this.#now;
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
      await this.#hold(wait, timeout, () => branchOf(this.#get(xid), branch.branchId).state !== 'trying');
      return { status: 200, body: branchOf(this.#get(xid), branch.branchId) };
    }
    if (branchId !== undefined) return { status: 200, body: branchOf(this.#get(xid), branchId) };
    await this.#hold(wait, timeout, () => this.#hasReached(xid, wait));
    return { status: 200, body: summary(this.#get(xid)) };
  }

  #begin(
    request: BeginItem['request'],
    key: string | undefined,
  ): { transaction: Transaction; replayed: boolean } {
    if (this.refuseBegins) throw new Rejected(problem('UNKNOWN_RESOURCE', 'nobody announced it'));
    const text = JSON.stringify(request);
    const known = key === undefined ? undefined : this.#xidsByKey.get(key);
    if (known && known.body !== text) throw new Rejected(problem('IDEMPOTENCY_KEY_REUSED', 'another body'));
    if (known) return { transaction: this.#get(known.xid), replayed: true };
    if (this.busy.times-- > 0)
      throw new Rejected(problem('COORDINATOR_BUSY', 'enough'), this.busy.retryAfter);
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
    const cooling = request.confirmNotBefore && { confirmNotBefore: Date.parse(request.confirmNotBefore) };
    const { transaction } = begin({ at, xid, name, reference, deadlineAt, ...cooling, branches });
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

  #hasReached(xid: string, wait: string | undefined): boolean {
    const transaction = this.#get(xid);
    if (wait === 'ended') return transaction.endedAt !== null;
    return wait !== 'decided' || decisionOf(transaction) !== null;
  }

  async #hold(wait: string | undefined, timeout = '5s', condition: () => boolean): Promise<void> {
    if (wait === undefined || condition()) return;
    const holdMs = Math.min(this.holdMsMax, durationMs(timeout));
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
  return { status: body.status, body };
}

const AWAY = problemReply(problem('UNAVAILABLE', 'away'));

function answerWith(fault: Fault, response: ServerResponse, reply: Reply): void {
  if (fault === 'resetAfter') response.destroy();
  else if (fault === 'unavailableAfter') send(response, AWAY);
  else if (fault === 'foreignAfter')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>\n');
  else if (fault === 'headOnlyAfter') truncate(response, reply, 0);
  else if (fault === 'truncatedAfter') truncate(response, reply, 0.5);
  else send(response, reply);
}

const textOf = ({ body }: Reply) => (typeof body === 'string' ? body : JSON.stringify(body));

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(textOf(reply));
}

/** Breaks off after a part of the answer. */
function truncate(response: ServerResponse, reply: Reply, part: number): void {
  const text = textOf(reply);
  response.writeHead(reply.status, { 'content-length': Buffer.byteLength(text) }).flushHeaders();
  response.write(text.slice(0, text.length * part));
  setImmediate(() => response.destroy());
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
    case 'forcing':
    case 'forced':
      return settle.state;
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
    confirmNotBefore: time(transaction.confirmNotBefore),
    coolingSince: time(transaction.coolingSince),
    decidedAt: time(transaction.decidedAt),
    endedAt: time(transaction.endedAt),
    paused: null,
    hung: null,
    contradicted: false,
    forced: false,
    branches: branches.map(({ branchId }) => branchOf(transaction, branchId)),
  };
}
