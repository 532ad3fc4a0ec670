import { Logger } from '@nestjs/common';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import {
  Refusal,
  TccResource,
  defineBranch,
  fenceMigrations,
  refused,
  type BatchContext,
  type BranchContext,
  type ForceEvidence,
  type Input,
  type Reservation,
  type SettleItem,
  type Sql,
  type TccHandler,
  type TryItem,
} from '@holdfast/participant';
import { testDatabase, type TestDatabase } from './test-database.js';
import type { TestKitOptions } from './test-kit-options.js';
import { testKit, type Schedule } from './test-kit.js';

const HoldSeat = defineBranch({
  resource: 'seats.hold',
  participant: 'seats',
  input: z.object({ hall: z.string(), seats: z.int().positive() }),
  reservation: z.object({ hall: z.string(), seats: z.int() }),
});
type HoldSeat = typeof HoldSeat;
type Hold = Reservation<HoldSeat>;

class CreateHalls1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'create table hall (name text primary key, seats int, free int, held int, sold int)',
    );
    await queryRunner.query('create table hold (xid uuid, branch_id text, seats int)');
    await queryRunner.query('create table complaint (hall text)');
  }

  async down(): Promise<void> {}
}

const HOLD = 'update hall set free = free - $2, held = held + $2 where name = $1 and free >= $2';
const SELL = 'update hall set held = held - $2, sold = sold + $2 where name = $1';
const FREE = 'update hall set held = held - $2, free = free + $2 where name = $1';

@TccResource(HoldSeat)
class SeatHandler implements TccHandler<HoldSeat> {
  // Private fields must work whichever way the kit calls.
  readonly #codes = { full: 'FULL' };

  async try(
    { sql, xid, branchId }: BranchContext,
    { hall, seats }: Input<HoldSeat>,
  ): Promise<Hold | Refusal> {
    await sql.query('insert into hold values ($1, $2, $3)', [xid, branchId, seats]);
    const { rowCount } = await sql.query(HOLD, [hall, seats]);
    return rowCount === 1 ? { hall, seats } : refused(this.#codes.full);
  }

  async confirm({ sql, xid, branchId }: BranchContext, { hall, seats }: Hold): Promise<void> {
    await sql.query('delete from hold where xid = $1 and branch_id = $2', [xid, branchId]);
    await sql.query(SELL, [hall, seats]);
  }

  async cancel({ sql, xid, branchId }: BranchContext, { hall, seats }: Hold): Promise<void> {
    await sql.query('delete from hold where xid = $1 and branch_id = $2', [xid, branchId]);
    await sql.query(FREE, [hall, seats]);
  }
}

@TccResource(HoldSeat)
class BatchSeatHandler extends SeatHandler {
  /** What was held is given back, and somebody looks after it. */
  async forced(ctx: BranchContext, hold: Hold, { text }: ForceEvidence): Promise<void> {
    await this.cancel(ctx, hold);
    await ctx.sql.query('insert into complaint values ($1)', [text]);
  }

  async tryMany(ctx: BatchContext, items: readonly TryItem<HoldSeat>[]): Promise<(Hold | Refusal)[]> {
    const answers: (Hold | Refusal)[] = [];
    for (const { xid, branchId, input } of items) {
      const { rowCount } = await ctx.sql.query(HOLD, [input.hall, input.seats]);
      if (rowCount === 1)
        await ctx.sql.query('insert into hold values ($1, $2, $3)', [xid, branchId, input.seats]);
      answers.push(rowCount === 1 ? input : refused('FULL'));
    }
    return answers;
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<HoldSeat>[]): Promise<void> {
    for (const { xid, branchId, reservation } of items)
      await this.confirm({ sql, xid, branchId } as BranchContext, reservation);
  }

  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<HoldSeat>[]): Promise<void> {
    for (const { xid, branchId, reservation } of items)
      await this.cancel({ sql, xid, branchId } as BranchContext, reservation);
  }
}

let database: TestDatabase;
let dataSource: DataSource;

const connect = (url: string) =>
  new DataSource({
    type: 'postgres',
    url,
    migrations: [...fenceMigrations, CreateHalls1764000000001],
  }).initialize();

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await testDatabase({
    template: 'test_kit_seats',
    migrate: async (url) => {
      const source = await connect(url);
      await source.runMigrations();
      await source.destroy();
    },
  });
  dataSource = await connect(database.url);
  await dataSource.query(`insert into hall values ('blue', 1000, 1000, 0, 0)`);
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** What is free, held and sold makes up the hall, and what is held is what the holds say. */
async function balances(sql: Sql): Promise<void> {
  const { rows } = await sql.query(
    `select name from hall where free + held + sold <> seats or least(free, held, sold) < 0
        or held <> (select coalesce(sum(seats), 0) from hold)`,
  );
  if (rows.length > 0) throw new Error('the seats do not add up');
}

const options = (): TestKitOptions<HoldSeat> => ({
  branch: HoldSeat,
  dataSource,
  input: () => ({ hall: 'blue', seats: 2 }),
  refusedInput: () => ({ hall: 'blue', seats: 2_000 }),
  invariant: balances,
});

describe('a handler that is right stands', () => {
  const run = (schedules: readonly Schedule[], wanted: string) =>
    schedules.find(({ name }) => name === wanted)?.run();
  // The database is there only once the tests run; the names do not need it.
  const named = testKit(BatchSeatHandler, { ...options() }).map(({ name }) => name);
  test.each(named)('%s', (name) => run(testKit(BatchSeatHandler, options()), name));

  const withoutForced = testKit(SeatHandler, { ...options() })
    .map(({ name }) => name)
    .filter((name) => name.startsWith('force'));
  test.each(withoutForced)('%s, without a handler for it', (name) =>
    run(testKit(SeatHandler, options()), name),
  );

  test('each schedule stands twice where there are batch forms, and once where there are none', () => {
    const names = testKit(SeatHandler, options()).map(({ name }) => name);
    expect(named).toHaveLength(2 * names.length + 1);
    expect(testKit(new SeatHandler(), { ...options(), refusedInput: undefined })).toHaveLength(
      names.length - 1,
    );
  });
});

describe('a handler that is wrong is found out', () => {
  afterEach(async () => {
    await dataSource.query('delete from hold');
    await dataSource.query('update hall set free = seats, held = 0, sold = 0');
  });

  /** The messages of the schedules that fail, by the start of their names. */
  async function findings(methods: Partial<BatchSeatHandler>): Promise<Map<string, string>> {
    const failures = new Map<string, string>();
    for (const { name, run } of testKit(Object.assign(new BatchSeatHandler(), methods), options())) {
      await run().catch((error: Error) => failures.set(name, error.message));
      await dataSource.query('delete from hold');
      await dataSource.query('update hall set free = seats, held = 0, sold = 0');
    }
    return failures;
  }

  test('one that gives back twice what it froze', async () => {
    const failures = await findings({
      async cancel({ sql, xid, branchId }, { hall, seats }) {
        await sql.query('delete from hold where xid = $1 and branch_id = $2', [xid, branchId]);
        await sql.query(FREE, [hall, seats * 2]);
      },
    });
    expect(failures.get('cancel: what was tried is given back (one by one)')).toContain(
      'The invariant is broken after Cancel',
    );
  });

  test('one whose refused items of a batch leave something', async () => {
    const failures = await findings({
      async tryMany(ctx, items) {
        const answers = await BatchSeatHandler.prototype.tryMany(ctx, items);
        if (answers.some((answer) => Refusal.is(answer)))
          await ctx.sql.query(`insert into complaint values ('blue')`);
        return answers;
      },
    });
    expect(Object.fromEntries(failures)).toEqual({
      'refused items of a batch leave no effect, and the others their own (in batches)':
        'a refused Try must have no effect, but changed complaint',
    });
  });

  test('one whose batch form answers otherwise than its plain one', async () => {
    const failures = await findings({
      async tryMany(ctx, items) {
        const answers = await BatchSeatHandler.prototype.tryMany(ctx, items);
        return answers.map((answer) => (Refusal.is(answer) ? refused('SOLD_OUT') : answer));
      },
    });
    expect([...failures.keys()]).toEqual(['a batch answers what its items would get one by one']);
  });

  test('one that settles wrongly what was forced', async () => {
    const failures = await findings({
      async forced({ sql }, { hall, seats }) {
        await sql.query(FREE, [hall, seats]);
      },
    });
    const name = 'force: the handler settles what was tried, once, and nothing else acts on it any more';
    expect(failures.get(`${name} (one by one)`)).toContain(
      'The invariant is broken after what a force answers',
    );
    expect(
      [...failures.keys()].every((each) => /^(force|crash before the answer to a force)/.test(each)),
    ).toBe(true);
  });

  test('one that settles what was forced on a connection of its own, and fails then', async () => {
    const failures = await findings({
      async forced(_, { hall }) {
        await dataSource.query('insert into complaint values ($1)', [hall]);
        throw new Error('and fails then');
      },
    });
    expect(failures.size).toBeGreaterThan(0);
  });

  test('one that works on a connection of its own', async () => {
    const failures = await findings({
      async try(_, { hall, seats }) {
        await dataSource.query(HOLD, [hall, seats]);
        throw new Error('and fails then');
      },
    });
    expect(failures.get('confirm: what was tried is taken (one by one)')).toContain('expected tried, got');
  });
});
