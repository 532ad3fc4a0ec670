import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startPostgres, testKit } from '@holdfast/testing';
import { BookSlot } from './book-slot.js';
import { BookSlotHandler } from './book-slot-handler.js';
import { openDatabase } from './database.js';

const folder = await mkdtemp(join(tmpdir(), 'delivery-test-'));
const postgres = await startPostgres({
  dataDir: join(folder, 'postgres'),
  logFile: join(folder, 'postgres.log'),
});
const dataSource = await openDatabase(postgres.adminUrl);
await dataSource.query(`insert into slots (name, free) values ('friday', 1000), ('full', 0)`);

after(async () => {
  await dataSource.destroy();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

const schedules = testKit(BookSlotHandler, {
  branch: BookSlot,
  dataSource,
  input: () => ({ slot: 'friday' }),
  refusedInput: () => ({ slot: 'full' }),
  invariant: async (sql) => {
    const { rows } = await sql.query(
      `select from slots where free + held + booked <> case name when 'friday' then 1000 else 0 end`,
    );
    if (rows.length > 0) throw new Error('places were lost or made');
  },
});

for (const { name, run } of schedules) void test(name, run);
