import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BEGIN, READ_KEYS } from './sql/begin.js';
import { CLAIM } from './sql/claim.js';
import { ENDINGS } from './sql/endings.js';
import { LOAD, LOAD_CHANGED } from './sql/load.js';
import { SAVE, SAVE_AUDITED } from './sql/save.js';
import { StoreUnderTest } from './store-under-test.suite.js';

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Tables that grow with the work; what few coordinators write about themselves may be read as a whole. */
const LARGE = ['transactions', 'idempotency_keys'];

/** The steps of the plan that PostgreSQL would keep for a statement now. */
async function keptPlan(text: string): Promise<PlanNode[]> {
  const [row] = await database.sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (generic_plan, format json) ${text}`,
  );
  const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return flat(row?.['QUERY PLAN'][0].Plan as PlanNode);
}

/** Whether a step reads more of a large table than the rows that were asked for. */
function readsTooMuch({ 'Node Type': type, ...node }: PlanNode): boolean {
  if (!LARGE.includes(node['Relation Name'] ?? '') || type === 'ModifyTable') return false;
  return !/^Index (Only )?Scan$/.test(type) || node['Index Cond'] === undefined;
}

/** So many transactions, each with a key, and statistics of just these; a table that never had any has none. */
async function fill(rows: number): Promise<void> {
  await database.sql('truncate transactions, idempotency_keys');
  await database.sql(
    `with input as (select gen_random_uuid() as xid, n from generate_series(1, $1) n), keyed as (
       insert into idempotency_keys (scope, key, xid, body_hash) select '', n, xid, '' from input
     )
     insert into transactions (
       xid, version, format, name, declared, phase, began_at, deadline_at, wake_at, branches, progress
     ) select xid, 1, 1, 'checkout', true, 'trying', now(), now(), now(), '[]', '[]' from input`,
    [rows],
  );
  await database.sql('vacuum (analyze) transactions, idempotency_keys');
}

describe.each(['new', 0, 1, 2, 20, 300])('of a table that had %p rows when it was planned', (rows) => {
  beforeAll(async () => {
    if (typeof rows === 'number') await fill(rows);
  });

  test.each(Object.entries({ BEGIN, READ_KEYS, SAVE, SAVE_AUDITED, LOAD, LOAD_CHANGED, CLAIM, ENDINGS }))(
    'a kept plan of %s looks rows up by their keys',
    async (_, text) => {
      expect((await keptPlan(text)).filter(readsTooMuch)).toEqual([]);
    },
  );
});
