import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readStackFile } from '@holdfast/testing';
import type { DemoOptions, Replay, ReplayGround } from '../demo-command.js';
import type { LiveLine } from '../live-line.js';
import { MADE_SEED, makeShop } from '../shop/made-shop.js';
import { planReplay, type ReplayPlan } from '../shop/replay-plan.js';
import { readShop, writeShop } from '../shop/shop-folder.js';
import type { Shop } from '../shop/shop.js';
import { auditCommand, runAudit, type AuditTask } from './audit-process.js';
import { CheckoutEndings } from './checkout-endings.js';
import { HttpCalls } from './http-calls.js';
import { openingBooks } from './opening-books.js';
import { OrderQueue, type AnsweredOrder } from './order-queue.js';
import { OrderSender } from './order-sender.js';
import { writeAnswers } from './replay-answers.js';
import { ReplayProgress } from './replay-progress.js';
import { summarise, type ReplayRun } from './replay-summary.js';
import { loadShop } from './shop-loading.js';
import { summaryText } from './summary-text.js';

const PROGRESS_EVERY_MS = 200;

/** The shop that is replayed. */
interface Source {
  /** In a person's words. */
  readonly name: string;
  /** Where its files are; undefined where it is made up. */
  readonly folder: string | undefined;
  readonly shop: Shop;
  readonly plan: ReplayPlan;
}

/** Reads or makes the shop, and gives what replays it. Rejects with a sentence about a row that is broken. */
export async function prepareReplay(options: DemoOptions, live: LiveLine): Promise<Replay> {
  const { shopFolder: folder } = options;
  const shop = folder === undefined ? makeShop(MADE_SEED) : await readShop(folder);
  const source = { name: folder ?? 'a made-up shop', folder, shop, plan: planReplay(shop) };
  return (ground) => replay(source, options, live, ground);
}

/** Loads the shop, sends its orders, waits for their ends, audits the books, and tells all of it. */
async function replay(
  source: Source,
  options: DemoOptions,
  live: LiveLine,
  ground: ReplayGround,
): Promise<boolean> {
  const { stack, signal } = ground;
  const { mode, inFlightMax } = options;
  const http = new HttpCalls(inFlightMax);
  const breakOff = () => void http.destroy();
  signal.addEventListener('abort', breakOff);
  try {
    options.say(`Loading ${source.name} ...`);
    const opening = openingBooks(source.shop, source.plan);
    const [, load] = await timed(loadShop(opening, stack.services, http, signal));
    const startedAt = new Date();
    const endings = new CheckoutEndings(stack.coordinators[0] ?? '', http, signal);
    const [orders, send] = await timed(sendOrders(source.plan, options, live, ground, http, endings));
    live.show('Waiting until every checkout has ended ...');
    const [notEnded, settle] = await timed(endings.untilAllEnded());
    signal.throwIfAborted();
    live.show('Auditing the books ...');
    const task = await prepareAudit(source, orders, ground);
    const [audit, auditing] = await timed(runAudit(task, join(ground.workFolder, 'audit.json'), signal));
    const summary = summarise({
      shop: source.name,
      mode,
      bus: stack.bus,
      inFlightMax,
      orders,
      notEnded,
      audit,
      endings: await endings.endedSince(startedAt),
      durationMs: { load, send, settle, audit: auditing },
      ...deathsIn(options.folder),
    });
    live.show('');
    for (const line of summaryText(summary)) options.say(line);
    if (options.reportFile !== undefined)
      await writeFile(options.reportFile, `${JSON.stringify(summary, null, 2)}\n`);
    if (options.keep) options.say(`To audit again: node ${auditCommand(task).join(' ')}`);
    return summary.ok;
  } finally {
    live.show('');
    signal.removeEventListener('abort', breakOff);
    await http.destroy();
  }
}

async function sendOrders(
  { orders }: ReplayPlan,
  { mode, inFlightMax }: DemoOptions,
  live: LiveLine,
  { stack, signal }: ReplayGround,
  http: HttpCalls,
  endings: CheckoutEndings,
): Promise<AnsweredOrder[]> {
  const sender = new OrderSender(stack.services.order, mode, http, signal);
  const progress = new ReplayProgress(orders.length);
  const queue = new OrderQueue({
    inFlightMax,
    place: (order) => sender.place(order),
    ended: async ({ answers }) => {
      for (const { xid } of answers) if (xid !== null) await endings.untilEnded(xid);
    },
    onSent: (count) => progress.addSent(count),
    onAnswered: (order) => progress.addAnswered(order),
  });
  const timer = setInterval(() => live.show(progress.line()), PROGRESS_EVERY_MS);
  try {
    const answered = await queue.send(orders, signal);
    signal.throwIfAborted();
    return answered;
  } finally {
    clearInterval(timer);
  }
}

/** Writes what the audit is to read. */
async function prepareAudit(
  { folder, shop }: Source,
  orders: readonly AnsweredOrder[],
  { stack: { databases }, workFolder }: ReplayGround,
): Promise<AuditTask> {
  const dataFolder = folder ?? join(workFolder, 'shop');
  if (folder === undefined) await writeShop(dataFolder, shop);
  const answersFile = join(workFolder, 'answers.jsonl');
  await writeAnswers(
    answersFile,
    orders.flatMap(({ answers }) => answers),
  );
  return { dataFolder, answersFile, databases };
}

/** What the stack tells about its processes that died. */
function deathsIn(stackFolder: string): Pick<ReplayRun, 'restarts' | 'healMs'> {
  const died = (readStackFile(stackFolder)?.processes ?? []).filter(({ restarts }) => restarts > 0);
  return {
    restarts: Object.fromEntries(died.map(({ name, restarts }) => [name, restarts])),
    healMs: Object.fromEntries(died.map(({ name, healMs }) => [name, healMs])),
  };
}

/** The result of some work, with the milliseconds that it took. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  const result = await work;
  return [result, Math.round(performance.now() - startedAt)];
}
