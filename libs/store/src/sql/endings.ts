/** Reads no more than is asked for: branches and answers are the most of a row. */
export const ENDINGS = `
select t.xid, round(extract(epoch from t.ended_at) * 1000)::float8 as ended_at
from transactions t where t.xid = any ($1::uuid[])`;
