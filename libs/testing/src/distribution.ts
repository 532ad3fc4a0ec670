import type pg from 'pg';
import { withClient } from './databases.js';

/**
 * The columns by which each table is spread over machines; `everywhere` for a small one that each of them has whole.
 * A table that is left out is a fault: whoever adds one has to say.
 */
export type Distribution = Readonly<Record<string, readonly string[] | 'everywhere'>>;

/** What of a database's schema could not be spread over machines like that, in words. */
export function schemaFaults(url: string, distribution: Distribution): Promise<string[]> {
  return withClient(url, async (client) => {
    const faults: string[] = [];
    for (const { name, unique } of await tablesOf(client)) {
      const columns = distribution[name];
      if (columns === undefined) faults.push(`nothing is said of the table ${name}`);
      if (columns === undefined || columns === 'everywhere') continue;
      for (const index of unique)
        if (!columns.every((column) => index.columns.includes(column)))
          faults.push(`${index.name} is unique without ${columns.join(' and ')}`);
    }
    return faults;
  });
}

async function tablesOf(client: pg.Client) {
  const { rows } = await client.query<{ name: string; unique: { name: string; columns: string[] }[] }>(
    `select c.relname as name, coalesce(json_agg(u) filter (where u.name is not null), '[]') as unique
     from pg_class c left join lateral (
       select i.indexrelid::regclass::text as name, array(
         select a.attname from pg_attribute a
         where a.attrelid = c.oid and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
       ) as columns
       from pg_index i where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)
     ) u on true
     where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
     group by c.relname order by c.relname`,
  );
  return rows;
}

/** Whatever says where rows are looked for: not which of those found are wanted. */
const PLACES = ['Index Cond', 'TID Cond'] as const;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'TID Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/**
 * Which statements look for rows of a spread table by anything but all of its columns, in words: each of them would
 * have to be asked of all machines. Rows that are inserted have these columns, since they are in the primary key.
 * The plans are made with every other way than by index made expensive, so it does not matter how full the tables are.
 */
export function statementFaults(
  url: string,
  statements: Readonly<Record<string, string>>,
  distribution: Distribution,
): Promise<string[]> {
  return withClient(url, async (client) => {
    for (const way of ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'])
      await client.query(`set enable_${way} = off`);
    const faults: string[] = [];
    for (const [name, text] of Object.entries(statements)) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (generic_plan, format json) ${text}`,
      );
      for (const node of nodesOf(rows[0]?.['QUERY PLAN'][0].Plan)) {
        const table = node['Relation Name'] ?? '';
        const columns = distribution[table];
        if (!node['Node Type'].endsWith('Scan') || !Array.isArray(columns)) continue;
        const place = PLACES.map((each) => node[each] ?? '').join(' ');
        if (!columns.every((column) => new RegExp(`\\b${column} = `).test(place)))
          faults.push(`${name} looks into ${table} by ${place.trim() || 'nothing'}`);
      }
    }
    return faults;
  });
}

function* nodesOf(node: PlanNode | undefined): Iterable<PlanNode> {
  if (!node) return;
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}
