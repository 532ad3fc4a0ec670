import { ROW_COLUMNS } from '../transaction-row.js';

export const LOAD = `select ${ROW_COLUMNS} from transactions t where t.xid = any ($1::uuid[])`;

/** Those that have been saved since they were seen. */
export const LOAD_CHANGED = `
select ${ROW_COLUMNS}
from unnest($1::uuid[], $2::integer[]) as seen (xid, version) cross join lateral (
  select * from transactions t where t.xid = seen.xid offset 0
) t
where t.version > seen.version`;
