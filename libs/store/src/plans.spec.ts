import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BEGIN, READ_KEYS } from './sql/begin.js';
import { CLAIM } from './sql/claim.js';
import { LOAD } from './sql/load.js';
import { RELEASE } from './sql/release.js';
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
  readonly Plans?: readonly PlanNode[];
}

/** The steps of the plan that PostgreSQL keeps for a statement, as it makes it while the tables are empty. */
async function keptPlan(text: string): Promise<PlanNode[]> {
  const [row] = await database.sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (generic_plan, format json) ${text}`,
  );
  const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return flat(row?.['QUERY PLAN'][0].Plan as PlanNode);
}

/** Tables that grow with the work; what few coordinators write about themselves may be read as a whole. */
const LARGE = ['transactions', 'idempotency_keys'];

const BY_KEYS = ['Index Scan', 'Index Only Scan'];
const writes = (node: Pick<PlanNode, 'Node Type'>): boolean => node['Node Type'] === 'ModifyTable';

test.each(Object.entries({ BEGIN, READ_KEYS, SAVE, SAVE_AUDITED, LOAD, CLAIM, RELEASE }))(
  'a plan of %s that was kept since the tables were empty looks rows up by their keys',
  async (_, text) => {
    const nodes = await keptPlan(text);
    const types = (wanted: (node: PlanNode) => boolean) =>
      new Set(nodes.filter(wanted).map((node) => node['Node Type']));
    const reads = types(({ 'Relation Name': table = '', ...node }) => LARGE.includes(table) && !writes(node));
    expect(BY_KEYS).toEqual(expect.arrayContaining([...reads]));
    const joins = types((node) => /Join|Nested Loop/.test(node['Node Type']));
    expect(['Nested Loop']).toEqual(expect.arrayContaining([...joins]));
  },
);
