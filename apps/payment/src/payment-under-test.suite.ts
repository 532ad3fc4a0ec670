import { openDatabase } from '@holdfast/service';
import { testDatabase, type TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { paymentMigrations } from './payment-module.js';
import { WalletBook } from './wallet-book.js';

const open = (url: string): Promise<DataSource> =>
  openDatabase({ service: 'payment', url, poolSize: 16, migrations: paymentMigrations });

/** A payment service's database for one spec file. */
export class PaymentUnderTest {
  readonly book: WalletBook;

  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {
    this.book = new WalletBook(dataSource);
  }

  static async open(): Promise<PaymentUnderTest> {
    const migrate = async (url: string) => (await open(url)).destroy();
    const database = await testDatabase({ template: 'payment', migrate });
    return new PaymentUnderTest(database, await open(database.url));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** Forgets everything, and gives each customer so many pence. */
  async fill(balances: Readonly<Record<string, number | string>>): Promise<void> {
    await this.dataSource.query('truncate wallets, journal, holdfast_fence');
    const wallets = Object.entries(balances);
    await this.book.load(
      wallets.map(([customerId, availableMinor]) => ({ customerId, currency: 'GBP', availableMinor })),
    );
  }

  /** What is available and frozen of a customer's, in pence. */
  async wallet(customerId: string): Promise<[string, string] | undefined> {
    const view = await this.book.find(customerId, 'GBP');
    return view && [view.availableMinor, view.frozenMinor];
  }

  /** What the journal says an account holds, in pence. */
  async balance(account: string): Promise<string> {
    const [row] = await this.dataSource.query<{ balance: string }[]>(
      'select coalesce (sum (amount_minor), 0) as balance from journal where account = $1',
      [account],
    );
    return row?.balance ?? '';
  }

  /**
   * What has to hold whenever no batch is under way: every movement adds up to zero, and so does each currency; and
   * every wallet is what its movements make it.
   * @throws Error that names what does not.
   */
  async audit(): Promise<void> {
    const faults = await this.dataSource.query<{ fault: string }[]>(
      `select 'movement ' || entry || ' ' || movement as fault
         from journal group by entry, branch_id, movement having sum (amount_minor) <> 0
       union all
       select 'currency ' || currency from journal group by currency having sum (amount_minor) <> 0
       union all
       select 'wallet of ' || customer_id
         from wallets
         left join (select customer_id, currency,
                           sum (amount_minor) filter (where account = 'available') as available,
                           sum (amount_minor) filter (where account = 'frozen') as frozen
                      from journal group by customer_id, currency) as booked using (customer_id, currency)
        where available_minor <> coalesce (available, 0) or frozen_minor <> coalesce (frozen, 0)`,
    );
    if (faults.length > 0)
      throw new Error(`The books are broken: ${faults.map(({ fault }) => fault).join(', ')}`);
  }
}
