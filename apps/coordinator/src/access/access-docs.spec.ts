import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { ROLES } from '@holdfast/protocol';
import { ACCESS_RULES, isOpenToEverybody, rolesAllowed } from './access-rules.js';

const page = new URL('../../../../docs/access.md', import.meta.url);

/** The cells of the table that stands between two marks, without its head. */
async function tableOf(mark: string): Promise<string[][]> {
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

test('I15: the table of the roles in the docs is the one that holds', async () => {
  const inForce = Object.keys(ACCESS_RULES).map((route) => [
    `\`${route}\``,
    ...ROLES.map((role) => (isOpenToEverybody(route) || rolesAllowed(route).includes(role) ? 'yes' : '')),
  ]);
  expect(await tableOf('roles')).toEqual(inForce);
});
