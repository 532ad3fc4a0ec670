import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeKafka, readStackFile, until, type StackFile } from '@holdfast/testing';
import pg from 'pg';
import type { ReplaySummary } from './replay/replay-summary.js';
import { planReplay } from './shop/replay-plan.js';
import { writeShop } from './shop/shop-folder.js';
import { smallShop } from './shop/small-shop.suite.js';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const DEMO_MS_MAX = 240_000;
const BASKETS = 150;
/** Few, so that it is never over before the last process is killed. */
const IN_FLIGHT = 8;
/** Who is killed together. One by one takes longer: a participant waits 10 s for the place of its predecessor. */
const WAVES = [['postgres', 'coupon'], ['kafka'], ['coordinator', 'inventory'], ['order', 'payment']];

let folder: string;
let demo: ChildProcess;
let output: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-kills-'));
  output = '';
});

afterEach(async () => {
  demo.kill('SIGTERM');
  await until(hasExited, { what: 'the demo to stop', timeoutMs: 60_000 });
  await rm(folder, { recursive: true, force: true });
}, 70_000);

const hasExited = () => demo.exitCode !== null || demo.signalCode !== null;

function startDemo(...words: string[]): void {
  demo = spawn(process.execPath, [program, 'demo', ...words], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  });
  for (const stream of [demo.stdout, demo.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
}

function stackFile(): StackFile {
  const file = readStackFile(join(folder, '.holdfast'));
  if (hasExited() || !file) throw new Error(`there is no stack:\n${output}`);
  return file;
}

/** How many orders the order service has taken; rejects while one of the two processes behind that is down. */
async function ordersTaken(): Promise<number> {
  const client = new pg.Client({ connectionString: stackFile().databases['order'] });
  client.on('error', () => undefined); // PostgreSQL is killed, too.
  try {
    await client.connect();
    const { rows } = await client.query<{ count: number }>('select count (*)::int as count from checkouts');
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

async function kill9(name: string): Promise<void> {
  const pid = await until(() => stackFile().processes.find((each) => each.name === name)?.pid, {
    what: `${name} to run`,
    timeoutMs: DEMO_MS_MAX,
  });
  process.kill(pid, 'SIGKILL');
}

describeKafka('the demo, with its processes killed', () => {
  test(
    'I7, I8, I9: kill -9 of each process in the middle; everything ends, and the books balance',
    async () => {
      const shop = smallShop(BASKETS);
      await writeShop(join(folder, 'shop'), shop);
      startDemo('--data', 'shop', '--in-flight', String(IN_FLIGHT), '--report', 'report.json');
      const orders = planReplay(shop).orders.length;
      const started = async () => hasExited() || (await ordersTaken()) > 0;
      await until(started, { what: 'the first order', timeoutMs: DEMO_MS_MAX });
      const names = stackFile().processes.map(({ name }) => name);
      expect(WAVES.flat()).toEqual(expect.arrayContaining(names));
      for (const [index, wave] of WAVES.entries()) {
        const enough = Math.floor((orders * (index + 1)) / (WAVES.length + 1));
        const hasGoneOn = async () => hasExited() || (await ordersTaken()) >= enough;
        await until(hasGoneOn, { what: `${enough} orders`, timeoutMs: DEMO_MS_MAX });
        // A Kafka that ran before is not the demo's to kill.
        for (const name of wave.filter((each) => names.includes(each))) await kill9(name);
      }
      await until(hasExited, { what: 'the end of the demo', timeoutMs: DEMO_MS_MAX });
      const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as ReplaySummary;
      expect(Object.keys(report.restarts).sort()).toEqual(names.toSorted());
      expect(report).toMatchObject({
        ...{ ok: true, orders, unknown: 0, rejected: 0, notEnded: 0 },
        audit: { ok: true, findings: [] },
      });
      expect(demo.exitCode).toBe(0);
      expect(output).toContain('The books balance');
    },
    DEMO_MS_MAX,
  );
});
