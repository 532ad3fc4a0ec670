import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { z } from 'zod';
import { testDatabase, type TestDatabase } from '@holdfast/testing';
import { defineBranch, type Input, type Reservation } from '@holdfast/protocol';
import { fenceMigrations } from './fence-migrations.js';
import type { BatchContext, BranchContext, SettleItem, TccHandler, TryContext, TryItem } from './handler.js';
import { Refusal, refused } from './refusal.js';
import { TccResource } from './tcc-resource.js';

/** A small stock: what is on hand of each SKU is available, frozen or sold, and their sum never changes. */
export const ReserveStock = defineBranch({
  resource: 'stock.reserve',
  participant: 'stock',
  input: z.object({ sku: z.string(), quantity: z.int().positive() }),
  reservation: z.object({ sku: z.string(), quantity: z.int() }),
});
export type Stock = typeof ReserveStock;

/** The same branch by a handler without batch forms. */
export const ReserveOneByOne = defineBranch({ ...ReserveStock, resource: 'stock.reserve-one' });

class CreateStock1764000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`create table stock (sku text primary key, available int not null check (available >= 0),
      frozen int not null default 0 check (frozen >= 0), sold int not null default 0)`);
    await queryRunner.query('create table movement (xid uuid, branch_id text, what text)');
  }

  async down(): Promise<void> {}
}

/** A pool of connections to such a database. */
export function stockDataSource(url: string, extra: object = {}): DataSource {
  const migrations = [...fenceMigrations, CreateStock1764000000001];
  return new DataSource({ type: 'postgres', url, migrations, poolSize: 16, extra });
}

/** A database of its own with the fence and the stock, for one spec file. */
export async function stockDatabase(): Promise<{ dataSource: DataSource; database: TestDatabase }> {
  const database = await testDatabase({
    template: 'participant_stock',
    migrate: async (url) => {
      const dataSource = await stockDataSource(url).initialize();
      await dataSource.runMigrations();
      await dataSource.destroy();
    },
  });
  return { dataSource: await stockDataSource(database.url).initialize(), database };
}

/** Adds up quantities by SKU in a fixed order, so that one update changes each row once. */
function bySku(items: readonly { sku: string; quantity: number }[]): [string[], number[]] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of items) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  const skus = [...sums.keys()].sort();
  return [skus, skus.map((sku) => sums.get(sku) as number)];
}

const MOVE = (
  change: string,
) => `update stock set ${change} from unnest($1::text[], $2::int[]) as given (sku, quantity)
  where stock.sku = given.sku`;
const TAKE = MOVE('frozen = frozen - quantity, sold = sold + quantity');
const GIVE_BACK = MOVE('frozen = frozen - quantity, available = available + quantity');
const FREEZE = `${MOVE('available = available - quantity, frozen = frozen + quantity')} and available >= quantity`;

/** Reserves stock one branch at a time, and notes each call in `movement`, in the same SQL transaction. */
@TccResource(ReserveOneByOne)
export class OneByOneHandler implements TccHandler<Stock> {
  async try(ctx: TryContext, { sku, quantity }: Input<Stock>): Promise<Reservation<Stock> | Refusal> {
    await this.note(ctx, 'try');
    const { rowCount } = await ctx.sql.query(FREEZE, [[sku], [quantity]]);
    return rowCount === 1
      ? { sku, quantity }
      : refused('OUT_OF_STOCK', `There are less than ${quantity} of ${sku}`);
  }

  async confirm(ctx: BranchContext, { sku, quantity }: Reservation<Stock>): Promise<void> {
    await this.note(ctx, 'confirm');
    await ctx.sql.query(TAKE, [[sku], [quantity]]);
  }

  async cancel(ctx: BranchContext, { sku, quantity }: Reservation<Stock>): Promise<void> {
    await this.note(ctx, 'cancel');
    await ctx.sql.query(GIVE_BACK, [[sku], [quantity]]);
  }

  protected async note({ sql, xid, branchId }: BranchContext, what: string): Promise<void> {
    await sql.query('insert into movement (xid, branch_id, what) values ($1, $2, $3)', [xid, branchId, what]);
  }
}

/** Freezes as the handlers do, for handlers of a test that do something else as well. */
export function freeze(ctx: BranchContext, input: Input<Stock>): Promise<Reservation<Stock> | Refusal> {
  return new OneByOneHandler().try(ctx, input);
}

/** Reserves stock in batches: one update for all that fits. */
@TccResource(ReserveStock)
export class BatchHandler extends OneByOneHandler {
  async tryMany(
    ctx: BatchContext,
    items: readonly TryItem<Stock>[],
  ): Promise<(Reservation<Stock> | Refusal)[]> {
    const skus = [...new Set(items.map(({ input }) => input.sku))].sort();
    const { rows } = await ctx.sql.query<{ sku: string; available: number }>(
      'select sku, available from stock where sku = any ($1) order by sku for update',
      [skus],
    );
    const left = new Map(rows.map(({ sku, available }) => [sku, available]));
    const answers = items.map(({ input: { sku, quantity } }) => {
      const available = left.get(sku) ?? 0;
      if (available < quantity) return refused('OUT_OF_STOCK', `There are less than ${quantity} of ${sku}`);
      left.set(sku, available - quantity);
      return { sku, quantity };
    });
    const frozen = answers.filter((answer): answer is Reservation<Stock> => !Refusal.is(answer));
    await ctx.sql.query(FREEZE, bySku(frozen));
    return answers;
  }

  async confirmMany(ctx: BatchContext, items: readonly SettleItem<Stock>[]): Promise<void> {
    await ctx.sql.query(TAKE, bySku(items.map(({ reservation }) => reservation)));
  }

  async cancelMany(ctx: BatchContext, items: readonly SettleItem<Stock>[]): Promise<void> {
    await ctx.sql.query(GIVE_BACK, bySku(items.map(({ reservation }) => reservation)));
  }
}

export async function addStock(dataSource: DataSource, sku: string, quantity: number): Promise<void> {
  await dataSource.query('insert into stock (sku, available) values ($1, $2)', [sku, quantity]);
}

export async function stockOf(
  dataSource: DataSource,
  sku: string,
): Promise<{ available: number; frozen: number; sold: number }> {
  const [row] = await dataSource.query<{ available: number; frozen: number; sold: number }[]>(
    'select available, frozen, sold from stock where sku = $1',
    [sku],
  );
  return row as { available: number; frozen: number; sold: number };
}

/** How often handlers have run for a branch, by operation, with effect. */
export async function movementsOf(dataSource: DataSource, xid: string): Promise<string[]> {
  const rows = await dataSource.query<{ what: string }[]>('select what from movement where xid = $1', [xid]);
  return rows.map(({ what }) => what);
}

/** The state and the answer of a branch's fence row; undefined where it is absent. */
export async function fenceOf(
  dataSource: DataSource,
  { xid, branchId }: { xid: string; branchId: string },
): Promise<{ state: string; answer: unknown } | undefined> {
  const rows = await dataSource.query<{ state: string; answer: unknown }[]>(
    'select state, answer from holdfast_fence where xid = $1 and branch_id = $2',
    [xid, branchId],
  );
  return rows[0];
}
