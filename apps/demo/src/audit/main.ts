// Audits the books of a replay, as a process of its own: it sees the data, the answers and the databases, and nothing
// of the replay's memory.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openingBooks } from '../replay/opening-books.js';
import { readAnswers } from '../replay/replay-answers.js';
import { planReplay } from '../shop/replay-plan.js';
import { readShop } from '../shop/shop-folder.js';
import { SHOP_SERVICES, type ShopService } from '../stack/stack-plan.js';
import { audit, auditText } from './audit-report.js';
import { readBooks } from './book-reading.js';

const USAGE = `node apps/demo/dist/audit/main.js --data DIR --answers FILE --database NAME=URL ... [--report FILE]
  --data DIR           the shop that was replayed
  --answers FILE       what the replay was told
  --database NAME=URL  the database of a service; once for each of ${SHOP_SERVICES.join(', ')}
  --report FILE        write the result as JSON
Exit code 0: the books balance; 1: they do not; 2: they could not be audited.`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      answers: { type: 'string' },
      database: { type: 'string', multiple: true, default: [] as string[] },
      report: { type: 'string' },
    },
  });
  const { data, answers, database, report } = values;
  const databases: Partial<Record<string, string>> = Object.fromEntries(
    database.map((text) => {
      const [name = '', ...url] = text.split('=');
      return [name, url.join('=')];
    }),
  );
  if (data === undefined || answers === undefined || SHOP_SERVICES.some((name) => !databases[name]))
    throw new Error(`Something is missing.\n\n${USAGE}`);
  return { data, answers, databases: databases as Record<ShopService, string>, report };
}

try {
  const options = readOptions();
  const shop = await readShop(options.data);
  const plan = planReplay(shop);
  const answers = await readAnswers(options.answers);
  const opening = openingBooks(shop, plan);
  const report = audit(await readBooks(options.databases), { opening, orders: plan.orders, answers });
  for (const line of auditText(report)) console.log(line);
  if (options.report !== undefined) await writeFile(options.report, `${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.ok ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
