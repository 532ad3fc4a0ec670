import type { Role } from '@holdfast/protocol';

const BEGIN: readonly Role[] = ['initiator'];
const TAKE_PART: readonly Role[] = ['initiator', 'participant'];
const REPORT: readonly Role[] = ['participant'];
const FOLLOW: readonly Role[] = ['initiator', 'viewer', 'operator'];
const STOP: readonly Role[] = ['initiator', 'operator'];
const SEE: readonly Role[] = ['viewer', 'operator'];
const ACT: readonly Role[] = ['operator'];

/** Needs no credential. */
const EVERYBODY = 'everybody';

/**
 * Which roles may take which route, besides `admin`, who may take all of these. What does not stand here is refused to
 * every credential. A participant is further bound to its own branches.
 */
export const ACCESS_RULES: Readonly<Record<string, readonly Role[] | typeof EVERYBODY>> = {
  'GET /livez': EVERYBODY,
  'GET /readyz': EVERYBODY,
  'GET /metrics': SEE,
  'GET /openapi.json': SEE,
  'POST /v1/transactions': BEGIN,
  'POST /v1/transactions/actions/begin': BEGIN,
  'GET /v1/transactions': SEE,
  'GET /v1/transactions/:xid': FOLLOW,
  'GET /v1/transactions/:xid/history': SEE,
  'GET /v1/transactions/:xid/explain': SEE,
  'POST /v1/transactions/:xid/actions/retry': ACT,
  'POST /v1/transactions/:xid/actions/pause': ACT,
  'POST /v1/transactions/:xid/actions/resume': ACT,
  'POST /v1/transactions/:xid/actions/force-resolve': ACT,
  'POST /v1/transactions/:xid/actions/acknowledge': ACT,
  'POST /v1/transactions/:xid/actions/confirm': BEGIN,
  'POST /v1/transactions/:xid/actions/cancel': STOP,
  'POST /v1/transactions/:xid/branches': TAKE_PART,
  'POST /v1/transactions/:xid/branches/:branchId/actions/tried': REPORT,
  'POST /v1/transactions/:xid/branches/:branchId/actions/refused': REPORT,
  'GET /v1/audit': SEE,
  'GET /v1/stream': SEE,
  'GET /v1/frozen': SEE,
  'GET /v1/participants': SEE,
  'POST /v1/participants/:participant/actions/pause': ACT,
  'POST /v1/participants/:participant/actions/resume': ACT,
  'POST /v1/batches': ACT,
  'GET /v1/batches/:batchId': SEE,
  'GET /v1/batches/:batchId/items': SEE,
  'POST /v1/batches/:batchId/actions/stop': ACT,
};

/** A route as the server knows it, such as `GET /v1/transactions/:xid`. */
export function routeKey(method: string, pattern: string): string {
  return `${method === 'HEAD' ? 'GET' : method} ${pattern}`;
}

export function isOpenToEverybody(route: string): boolean {
  return ACCESS_RULES[route] === EVERYBODY;
}

/** The roles that may take a route with a credential; none where no rule stands. */
export function rolesAllowed(route: string): readonly Role[] {
  const rule = ACCESS_RULES[route];
  return rule === undefined || rule === EVERYBODY ? [] : [...rule, 'admin'];
}
