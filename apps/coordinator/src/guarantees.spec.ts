import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
/** Formatting breaks lines where the page does not. */
const oneLine = (text: string) => text.replace(/\s+/g, ' ');

/** All specs, by their paths. */
const specs = new Map(
  ['libs', 'apps'].flatMap((folder) =>
    readdirSync(root + folder).flatMap((name) =>
      readdirSync(`${root}${folder}/${name}/src`, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(spec|suite)\.ts$/.test(file))
        .map((file): [string, string] => {
          const path = `${folder}/${name}/src/${file}`;
          return [path, oneLine(read(path))];
        }),
    ),
  ),
);

/** The rows of the page's tables that have so many columns, without their heads. */
function rowsOf(columns: number): string[][] {
  return read('docs/guarantees.md')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (-|Where|Defect )/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))
    .filter((cells) => cells.length === columns);
}

/** What a cell quotes. */
function quotes(cell: string): string[] {
  const inCode = [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text as string);
  const inTags = [...cell.matchAll(/<code>(.*?)<\/code>/g)].map(([, text]) =>
    (text as string).replaceAll('&#124;', '|'),
  );
  return [...inCode, ...inTags].map(oneLine);
}

test('each line that the guarantees quote stands in its file, and each test that fails without it exists', () => {
  const allSpecs = [...specs.values()].join('\n');
  const rows = rowsOf(3);
  expect(rows.length).toBeGreaterThan(50);
  let files = '';
  const gone: string[] = [];
  for (const [where = '', line = '', tests = ''] of rows) {
    const paths = [...where.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path as string);
    // "The same" is that of the row before.
    if (paths.length > 0) files = oneLine(paths.map(read).join('\n'));
    gone.push(...quotes(line).filter((quote) => !files.includes(quote)));
    gone.push(...quotes(tests).filter((name) => !allSpecs.includes(name)));
    if (quotes(tests).length === 0) gone.push(`no test: ${line}`);
  }
  expect(gone).toEqual([]);
});

test('each defect has a test with its number in each spec that its row names', () => {
  const rows = rowsOf(4);
  expect(rows.length).toBeGreaterThan(25);
  const gone: string[] = [];
  for (const [number = '', , , tests = ''] of rows) {
    const numbered = new RegExp(`peer defect ${number}\\b`);
    let place = '';
    for (const [, named, file = ''] of tests.matchAll(/(\w+)?(?:,? (?:and )?)?`([^`]+)`/g)) {
      if (named !== undefined && named !== 'and') place = named;
      const found = [...specs].filter(
        ([path]) => path.includes(`/${place}/src/`) && path.endsWith(`/${file}.ts`),
      );
      if (!found.some(([, text]) => numbered.test(text))) gone.push(`${number}: ${place} ${file}`);
    }
  }
  expect(gone).toEqual([]);
});
