import { openDatabase } from '@holdfast/service';
import type { GrantState } from '@holdfast/shop';
import { testDatabase, type TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { CouponBook } from './coupon-book.js';
import { couponMigrations } from './coupon-module.js';

const open = (url: string): Promise<DataSource> =>
  openDatabase({ service: 'coupon', url, poolSize: 16, migrations: couponMigrations });

/** A coupon service's database for one spec file. */
export class CouponUnderTest {
  readonly book: CouponBook;

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {
    this.book = new CouponBook(dataSource);
  }

  static async open(): Promise<CouponUnderTest> {
    const migrate = async (url: string) => (await open(url)).destroy();
    const database = await testDatabase({ template: 'coupon', migrate });
    return new CouponUnderTest(database, await open(database.url));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** Forgets everything, and gives these coupons, all of one period and minimum, to these customers. */
  async fill(couponCodes: readonly string[], customerIds: readonly string[]): Promise<void> {
    await this.dataSource.query('truncate coupons, grants, holdfast_fence');
    const terms = { validFrom: '2011-08-01', validTo: '2011-08-14', minimumMinor: 2_000 };
    await this.book.load(couponCodes.map((couponCode) => ({ couponCode, ...terms })));
    await this.book.grant(
      couponCodes.flatMap((couponCode) => customerIds.map((customerId) => ({ couponCode, customerId }))),
    );
  }

  /** How many grants are in each state. */
  async counts(): Promise<Record<GrantState, number>> {
    const rows = await this.dataSource.query<{ state: GrantState; count: string }[]>(
      'select state, count (*) from grants group by state',
    );
    const counts = { free: 0, locked: 0, used: 0 };
    for (const { state, count } of rows) counts[state] = Number(count);
    return counts;
  }
}
