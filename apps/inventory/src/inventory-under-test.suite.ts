import { openDatabase } from '@holdfast/service';
import { testDatabase, type TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { inventoryMigrations } from './inventory-module.js';
import { StockBook } from './stock-book.js';

const open = (url: string): Promise<DataSource> =>
  openDatabase({ service: 'inventory', url, poolSize: 16, migrations: inventoryMigrations });

/** An inventory's database for one spec file. */
export class InventoryUnderTest {
  readonly book: StockBook;

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {
    this.book = new StockBook(dataSource);
  }

  static async open(): Promise<InventoryUnderTest> {
    const migrate = async (url: string) => (await open(url)).destroy();
    const database = await testDatabase({ template: 'inventory', migrate });
    return new InventoryUnderTest(database, await open(database.url));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** Forgets everything, and has so much of each SKU available. */
  async fill(stock: Readonly<Record<string, number>>): Promise<void> {
    await this.dataSource.query('truncate stock, reservations, holdfast_fence');
    await this.book.load(Object.entries(stock).map(([sku, available]) => ({ sku, available })));
  }

  /** Each SKU as available, frozen, sold. */
  async stock(): Promise<Record<string, [number, number, number]>> {
    const views = await this.book.list('', 1_000);
    return Object.fromEntries(
      views.map(({ sku, available, frozen, sold }) => [sku, [available, frozen, sold]]),
    );
  }

  /**
   * What has to hold whenever no batch is under way.
   * @throws Error that names what does not.
   */
  async audit(stock: Readonly<Record<string, number>>): Promise<void> {
    const held = await this.reserved('frozen');
    const sold = await this.reserved('sold');
    for (const [sku, [available, frozen, taken]] of Object.entries(await this.stock())) {
      if (available + frozen + taken !== stock[sku]) throw new Error(`${sku} is not conserved`);
      if (frozen !== (held[sku] ?? 0))
        throw new Error(`${sku} has ${frozen} frozen, but ${held[sku]} reserved`);
      if (taken !== (sold[sku] ?? 0))
        throw new Error(`${sku} has ${taken} sold, but ${sold[sku]} in reservations`);
    }
  }

  private async reserved(state: string): Promise<Record<string, number>> {
    const rows = await this.dataSource.query<{ sku: string; quantity: string }[]>(
      'select sku, sum (quantity) as quantity from reservations where state = $1 group by sku',
      [state],
    );
    return Object.fromEntries(rows.map(({ sku, quantity }) => [sku, Number(quantity)]));
  }
}
