import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, dropDatabase, readStackFile, until } from '@holdfast/testing';
import pg from 'pg';
import { openingBooks } from '../replay/opening-books.js';
import { readAnswers } from '../replay/replay-answers.js';
import { planReplay } from '../shop/replay-plan.js';
import { writeShop } from '../shop/shop-folder.js';
import { smallShop } from '../shop/small-shop.suite.js';
import { askStack } from '../stack/control.js';
import type { ShopService } from '../stack/stack-plan.js';
import { audit, type AuditEvidence } from './audit-report.js';
import { readBooks } from './book-reading.js';
import type { FindingCode } from './findings.js';

// A replay as a person runs it, on the memory bus, leaves databases behind. Copies of them get a fault each.
const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const REPLAY_MS_MAX = 150_000;
const BASKETS = 60;

const shop = smallShop(BASKETS);
let folder: string;
let demo: ChildProcess;
let databases: Record<ShopService, string>;
let evidence: AuditEvidence;
/** What the demo says to whoever wants to audit again: the words after `node`. */
let command: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
  await writeShop(join(folder, 'shop'), shop);
  demo = spawn(process.execPath, [program, 'demo', '--keep', '--data', 'shop'], {
    cwd: folder,
    env: { ...process.env, HOLDFAST_KAFKA: 'off', TMPDIR: folder },
  });
  let output = '';
  for (const stream of [demo.stdout, demo.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const isOver = () => output.includes('The stack runs') || demo.exitCode !== null;
  await until(isOver, { what: 'the replay', timeoutMs: REPLAY_MS_MAX });
  const file = readStackFile(join(folder, '.holdfast'));
  const again = /To audit again: node (.*)/.exec(output)?.[1];
  if (!file || again === undefined) throw new Error(`the demo failed:\n${output}`);
  command = again.split(' ');
  databases = file.databases;
  const plan = planReplay(shop);
  const answers = await readAnswers(command[command.indexOf('--answers') + 1] ?? '');
  evidence = { opening: openingBooks(shop, plan), orders: plan.orders, answers };
  // Nobody may be connected to a database that is copied.
  await askStack(join(folder, '.holdfast'), { action: 'stop', name: 'services' });
}, REPLAY_MS_MAX + 10_000);

afterAll(async () => {
  if (demo.exitCode === null) {
    demo.kill('SIGTERM');
    await once(demo, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function withCopy<T>(service: ShopService, sql: string, look: (url: string) => Promise<T>): Promise<T> {
  const url = new URL(databases[service]);
  const original = url.pathname.slice(1);
  const adminUrl = new URL(url);
  adminUrl.pathname = 'postgres';
  const copy = `${original}_copy`;
  await createDatabase(adminUrl.href, copy, original);
  url.pathname = copy;
  try {
    const client = new pg.Client(url.href);
    await client.connect();
    await client.query(sql);
    await client.end();
    return await look(url.href);
  } finally {
    await dropDatabase(adminUrl.href, copy);
  }
}

async function runAuditProcess(words: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, words);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

const one = (table: string, which: string): string =>
  `ctid = (select ctid from ${table} where ${which} limit 1)`;

/** Every kind of fault that databases can have; the other one is an answer that the replay lost. */
const faults: Record<Exclude<FindingCode, 'ANSWER_MISSING'>, [ShopService, string]> = {
  NEGATIVE_STOCK: [
    'inventory',
    `alter table stock drop constraint stock_available_check;
     update stock set available = -1 where ${one('stock', 'true')}`,
  ],
  FROZEN_STOCK: [
    'inventory',
    `update stock set frozen = 1, available = available - 1 where ${one('stock', 'available > 0')}`,
  ],
  STOCK_NOT_CONSERVED: ['inventory', `update stock set sold = sold + 1 where ${one('stock', 'true')}`],
  STOCK_DIFFERS_FROM_RESERVATIONS: [
    'inventory',
    `update stock set sold = sold + 1, available = available - 1 where ${one('stock', 'available > 0')}`,
  ],
  OPEN_RESERVATION: [
    'inventory',
    `update reservations set state = 'frozen' where ${one('reservations', `state = 'sold'`)}`,
  ],
  STOCK_DISAGREES: ['inventory', `delete from reservations where ${one('reservations', `state = 'sold'`)}`],
  STRAY_EFFECT: [
    'inventory',
    `update reservations set xid = gen_random_uuid() where ${one('reservations', `state = 'sold'`)}`,
  ],
  NEGATIVE_MONEY: [
    'payment',
    `alter table wallets drop constraint wallets_available_minor_check;
     update wallets set available_minor = -1 where ${one('wallets', 'true')}`,
  ],
  FROZEN_MONEY: [
    'payment',
    `update wallets set frozen_minor = 1, available_minor = available_minor - 1
      where ${one('wallets', 'available_minor > 0')}`,
  ],
  MONEY_NOT_CONSERVED: [
    'payment',
    `update wallets set available_minor = available_minor + 1 where ${one('wallets', 'true')}`,
  ],
  WALLET_DIFFERS_FROM_JOURNAL: [
    'payment',
    `delete from journal where entry = (select entry from journal where movement = 'opening' limit 1)`,
  ],
  JOURNAL_NOT_ZERO: ['payment', `delete from journal where ${one('journal', `account = 'revenue'`)}`],
  MONEY_DISAGREES: [
    'payment',
    `update journal set amount_minor = 2 * amount_minor
      where entry = (select entry from journal where movement = 'confirm' limit 1)`,
  ],
  COUPONS_NOT_CONSERVED: ['coupon', `delete from grants where ${one('grants', 'true')}`],
  LOCKED_COUPON: ['coupon', `update grants set state = 'locked' where ${one('grants', `state = 'used'`)}`],
  COUPON_DISAGREES: [
    'coupon',
    `update grants set discount_minor = discount_minor + 1 where ${one('grants', `state = 'used'`)}`,
  ],
  OPEN_ORDER: ['order', `update orders set status = 'pending' where ${one('orders', `status = 'paid'`)}`],
  ORDER_TWICE: [
    'order',
    `alter table checkouts drop constraint checkouts_idempotency_key_key;
     insert into checkouts select (jsonb_populate_record(c, '{"order_no": "999999999999999999999999"}')).*
       from checkouts as c limit 1`,
  ],
  ORDER_DIFFERS: [
    'order',
    `update order_lines set quantity = quantity + 1 where ${one('order_lines', 'true')}`,
  ],
  ANSWER_DISAGREES: [
    'order',
    `update orders set status = 'closed' where ${one('orders', `status = 'paid'`)}`,
  ],
  STRAY_ORDER: [
    'order',
    `insert into orders select (jsonb_populate_record(o, '{"order_no": "999999999999999999999999"}')).*
       from orders as o limit 1`,
  ],
};

test('the books of the replay balance', async () => {
  expect(audit(await readBooks(databases), evidence).findings).toEqual([]);
});

test.each(Object.entries(faults))('%s is found in the databases', async (code, [service, sql]) => {
  const books = await withCopy(service, sql, (url) => readBooks({ ...databases, [service]: url }));
  expect(Object.keys(audit(books, evidence).counts)).toContain(code);
});

test('the audit is a process of its own that says what it found, and exits so', async () => {
  const sound = await runAuditProcess(command);
  expect(sound).toEqual({ code: 0, output: expect.stringMatching(/^The books balance: /) });
  const [service, sql] = faults.OPEN_ORDER;
  const faulty = await withCopy(service, sql, (url) =>
    runAuditProcess(command.map((word) => (word.startsWith(`${service}=`) ? `${service}=${url}` : word))),
  );
  expect(faulty).toEqual({ code: 1, output: expect.stringContaining('OPEN_ORDER 1: ') });
  const incomplete = await runAuditProcess(command.slice(0, -1));
  expect(incomplete.code).toBe(2);
});
