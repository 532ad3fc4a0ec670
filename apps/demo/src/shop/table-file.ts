import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { z } from 'zod';
import { FILE_BYTES_MAX, ROWS_MAX } from './shop.js';
import type { Faults } from './shop-faults.js';
import {
  tableColumns,
  tableFile,
  type Row,
  type Table,
  type TableName,
  type TableRow,
} from './shop-tables.js';

/** Bytes of one row; a quote that is never closed would otherwise swallow the file. */
const ROW_BYTES_MAX = 64 * 1024;
/** Characters of a value that a fault shows. */
const SHOWN_LENGTH_MAX = 60;

/**
 * Reads one file of a shop's folder. Every row is checked by itself; a broken one becomes faults and is left out, and
 * so are all from where the file is no CSV any more, has too many rows, or the faults are full.
 */
export async function readTable<Name extends TableName>(
  folder: string,
  name: Name,
  faults: Faults,
  rowsMax = ROWS_MAX,
): Promise<Table<Name>> {
  const file = tableFile(name);
  const path = join(folder, file);
  const problem = await sizeProblem(path);
  if (problem) {
    faults.add({ file, text: problem });
    return { name, rows: [], isWhole: false };
  }
  const reader = new TableReader(name, faults, rowsMax);
  const parser = parse({ bom: true, info: true, relax_column_count: true, max_record_size: ROW_BYTES_MAX });
  try {
    await pipeline(createReadStream(path), parser, async (records: AsyncIterable<ParsedRecord>) => {
      // To the end in any case: a pipeline that is left early fails.
      let isUseful = true;
      for await (const { record, info } of records) isUseful &&= reader.take(record, info.lines);
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    reader.stopAt(error);
  }
  return reader.end();
}

async function sizeProblem(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return `there is no file ${path}`;
  if (found.size > FILE_BYTES_MAX) return `has ${found.size} bytes, more than ${FILE_BYTES_MAX}`;
  return undefined;
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** `lines`: the line at which the record ends. */
  readonly info: { readonly lines: number };
}

/** Turns the records of one file into rows, and what is wrong with them into faults. */
class TableReader<Name extends TableName> {
  private readonly columnOf: ReadonlyMap<string, string>;
  private readonly schema: z.ZodType;
  private readonly rows: Row<Name>[] = [];
  /** For each column of this file, in the file's own order, the field; empty until the header is read. */
  private fields: readonly string[] = [];
  private lastLine = 0;
  private isWhole = true;

  constructor(
    private readonly name: Name,
    private readonly faults: Faults,
    private readonly rowsMax: number,
  ) {
    const columns = Object.entries(tableColumns(name));
    this.columnOf = new Map(columns.map(([field, column]) => [field, column.name]));
    this.schema = z.object(Object.fromEntries(columns.map(([field, column]) => [field, column.schema])));
  }

  /** Takes the next record; false where there is no use in more of them. */
  take(record: readonly string[], endLine: number): boolean {
    const line = this.lastLine + 1;
    this.lastLine = endLine;
    if (line === 1) return this.takeHeader(record);
    if (this.rows.length >= this.rowsMax)
      return this.fault(line, undefined, `is beyond ${this.rowsMax} rows`);
    if (record.length === this.fields.length) this.takeRow(record, line);
    else this.fault(line, undefined, `has ${record.length} fields instead of ${this.fields.length}`);
    return !this.faults.isFull;
  }

  /** The file is no CSV after the last record that was taken. */
  stopAt(error: CsvError): void {
    this.fault(this.lastLine + 1, undefined, `is not CSV: ${error.message}`);
  }

  end(): Table<Name> {
    if (this.lastLine === 0 && this.isWhole) this.fault(1, undefined, 'the header is missing');
    return { name: this.name, rows: this.rows, isWhole: this.isWhole };
  }

  private takeHeader(header: readonly string[]): boolean {
    const fieldOf = new Map([...this.columnOf].map(([field, column]) => [column, field]));
    for (const column of fieldOf.keys())
      if (!header.includes(column)) this.fault(1, column, 'is missing from the header');
    for (const [index, column] of header.entries()) {
      if (!fieldOf.has(column)) this.fault(1, shown(column), 'is not a column of this file');
      else if (header.indexOf(column) !== index) this.fault(1, column, 'stands in the header twice');
    }
    this.fields = header.map((column) => fieldOf.get(column) ?? column);
    return this.isWhole;
  }

  private takeRow(record: readonly string[], line: number): void {
    const values = Object.fromEntries(this.fields.map((field, index) => [field, record[index]]));
    const parsed = this.schema.safeParse(values);
    if (parsed.success) this.rows.push({ line, value: parsed.data as TableRow<Name> });
    for (const issue of parsed.error?.issues ?? []) {
      const field = String(issue.path[0]);
      this.fault(line, this.columnOf.get(field), `${issue.message}, not ${shown(values[field] ?? '')}`);
    }
  }

  private fault(line: number, column: string | undefined, text: string): false {
    this.isWhole = false;
    this.faults.add({ file: tableFile(this.name), line, column, text });
    return false;
  }
}

function shown(value: string): string {
  return JSON.stringify(value.length > SHOWN_LENGTH_MAX ? `${value.slice(0, SHOWN_LENGTH_MAX)}...` : value);
}
