import type { DataSource } from 'typeorm';

/** A hash of what stands in each table of the schema. */
export type TablePicture = ReadonlyMap<string, string>;

/** The fence is not the handler's, and its rows change with every command. */
const NOT_PICTURED = ['holdfast_fence'];

/** Pictures all tables but the fence, so that two pictures tell whether anything changed between them. */
export async function pictureTables(dataSource: DataSource): Promise<TablePicture> {
  const tables = await dataSource.query<{ name: string }[]>(
    `select quote_ident(table_name) as name from information_schema.tables
      where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name <> all ($1)`,
    [NOT_PICTURED],
  );
  const picture = new Map<string, string>();
  for (const { name } of tables) {
    const [row] = await dataSource.query<{ hash: string }[]>(
      `select md5(coalesce(string_agg(line, ' ' order by line), '')) as hash from (select t::text as line from ${name} t) lines`,
    );
    picture.set(name, row?.hash ?? '');
  }
  return picture;
}

/** The tables whose content differs. */
export function changedTables(before: TablePicture, after: TablePicture): string[] {
  return [...after].filter(([name, hash]) => before.get(name) !== hash).map(([name]) => name);
}
