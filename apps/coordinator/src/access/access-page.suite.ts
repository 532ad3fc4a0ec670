import { readFile } from 'node:fs/promises';

const page = new URL('../../../../docs/access.md', import.meta.url);

/** The cells of the table of docs/access.md that stands between two marks, without its head. */
export async function tableOf(mark: string): Promise<string[][]> {
  const text = await readFile(page, 'utf8');
  const [, table = ''] = new RegExp(`<!-- ${mark} -->\n([^]*)<!-- /${mark} -->`).exec(text) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
