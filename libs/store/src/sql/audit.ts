/** Rows of `audit` from a JSON document of records, the parameter of that number. */
export const auditRows = (parameter: number) => `
  select to_timestamp(a.at / 1000) as at, a.actor, a.action, a.reason, a.xid, a."branchId", a.participant,
    a."batchId", a.evidence, a.result
  from json_to_recordset($${parameter}::json) as a (
    at float8, actor text, action text, reason text, xid uuid, "branchId" text, participant text, "batchId" uuid,
    evidence text, result text
  )`;

export const INSERT_AUDIT = `
insert into audit (at, actor, action, reason, xid, branch_id, participant, batch_id, evidence, result)`;

export const ADD_AUDIT = `${INSERT_AUDIT} ${auditRows(1)}`;
