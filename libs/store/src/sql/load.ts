import { ROW_COLUMNS } from '../transaction-row.js';

export const LOAD = `select ${ROW_COLUMNS} from transactions t where t.xid = any ($1::uuid[])`;
