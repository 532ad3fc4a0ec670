import type { Faults } from './shop-faults.js';
import { tableColumns, tableFile } from './shop-tables.js';
import type { Field, Row, Table, TableName } from './shop-tables.js';

/** Reports what is not as it should be in the rows of one file. */
export class TableChecks<Name extends TableName> {
  constructor(
    private readonly table: Table<Name>,
    private readonly faults: Faults,
  ) {}

  /** @param text says what is wrong if the condition does not hold. */
  holds(row: Row<Name>, field: Field<Name>, condition: boolean, text: string): void {
    if (condition) return;
    const { name } = this.table;
    this.faults.add({ file: tableFile(name), line: row.line, column: tableColumns(name)[field]?.name, text });
  }

  /** @param what says what the value should be equal to. */
  equals(row: Row<Name>, field: Field<Name>, wanted: string | number, what: string): void {
    const found: unknown = row.value[field];
    this.holds(row, field, found === wanted, `${String(found)} is not ${wanted}, ${what}`);
  }
}
