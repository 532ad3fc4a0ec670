import {
  BranchRefused,
  type BranchCall,
  type OpenTransaction,
  type Outcome,
  type RunOptions,
  type TccClient,
} from '@holdfast/client';
import { openDatabase } from '@holdfast/service';
import type { PlaceOrder } from '@holdfast/shop';
import { newXid, testDatabase, type TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { CheckoutBook } from './checkout-book.js';
import { CheckoutRunner } from './checkout-runner.js';
import { CustomerBook } from './customer-book.js';
import { OrderBook } from './order-book.js';
import { orderMigrations } from './order-module.js';
import { OrderNumbers } from './order-number.js';
import { OrderService } from './order-service.js';
import type { PaymentDesk } from './payment-desk.js';
import type { OrderSettings } from './settings.js';

export const ORDER_NUMBER_KEY = 'a key for the tests only';

const open = (url: string): Promise<DataSource> =>
  openDatabase({ service: 'order', url, poolSize: 16, migrations: orderMigrations });

/** An order service's database for one spec file. */
export class OrderUnderTest {
  private constructor(
    readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {}

  static async open(): Promise<OrderUnderTest> {
    const migrate = async (url: string) => (await open(url)).destroy();
    const database = await testDatabase({ template: 'order', migrate });
    return new OrderUnderTest(database, await open(database.url));
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** Forgets everything but these customers. */
  async fill(...customerIds: string[]): Promise<void> {
    await this.dataSource.query('truncate customers, checkouts, orders, order_lines, holdfast_fence');
    if (customerIds.length === 0) return;
    const items = customerIds.map((customerId) => ({ customerId, country: 'EIRE' }));
    await new CustomerBook(this.dataSource).load(items);
  }

  /** A process of the service, in front of a coordinator that does as it is told. */
  service(coordinator: FakeCoordinator, paymentDesk?: PaymentDesk): OrderService {
    const tcc = coordinator as unknown as TccClient;
    const checkouts = new CheckoutBook(this.dataSource, new OrderNumbers(ORDER_NUMBER_KEY));
    const runner = new CheckoutRunner(tcc, { CHECKOUT_TIMEOUT: '30s' } as OrderSettings, paymentDesk);
    return new OrderService(checkouts, runner, new OrderBook(this.dataSource), tcc);
  }
}

/** What a transaction was begun with. */
export interface BegunRun {
  readonly options: RunOptions;
  readonly branches: { readonly resource: string; readonly input: unknown }[];
}

/**
 * Stands for the client and the coordinator behind it: it decides as its script says, once for each idempotency key,
 * and remembers what it was asked. No branch is carried out.
 */
export class FakeCoordinator implements Pick<TccClient, 'run' | 'outcomeOf'> {
  readonly begun: BegunRun[] = [];
  /** What becomes of the next transactions; a function may throw what the client would. */
  script: (run: BegunRun) => Partial<Outcome> = () => ({});
  private readonly outcomes = new Map<string, Outcome>();

  async run(
    options: RunOptions,
    work: readonly BranchCall[] | ((t: OpenTransaction) => Promise<unknown>),
  ): Promise<Outcome> {
    const key = options.idempotencyKey ?? '';
    const known = this.outcomes.get(key);
    if (known) return { ...known, replayed: true };
    const xid = newXid();
    const run: BegunRun = { options, branches: [] };
    this.begun.push(run);
    const refusal =
      typeof work === 'function' ? await this.interact(xid, run, work) : this.declare(run, work);
    const outcome = { ...outcomeWith(xid), ...refusal, ...this.script(run) };
    this.outcomes.set(key, outcome);
    return outcome;
  }

  async outcomeOf(xid: string): Promise<Outcome | null> {
    return [...this.outcomes.values()].find((outcome) => outcome.xid === xid) ?? null;
  }

  /** A decision that the service has not learnt, because it died before it was answered. */
  decide(outcome: Partial<Outcome> & { readonly xid: string }): void {
    this.outcomes.set(outcome.xid, { ...outcomeWith(outcome.xid), ...outcome });
  }

  private declare(run: BegunRun, calls: readonly BranchCall[]): object {
    for (const { definition, input } of calls) run.branches.push({ resource: definition.resource, input });
    return {};
  }

  private async interact(
    xid: string,
    run: BegunRun,
    work: (t: OpenTransaction) => Promise<unknown>,
  ): Promise<Partial<Outcome>> {
    const note = ({ resource }: { resource: string }, input: unknown) =>
      run.branches.push({ resource, input });
    try {
      await work({
        xid,
        try: async (definition, input) => void note(definition, input) as never,
        delegate: (definition) => ({ xid, branchId: definition.resource }),
      });
      return {};
    } catch (error) {
      const reason =
        error instanceof BranchRefused
          ? { code: error.code, message: error.detail, branchId: error.branchId }
          : { code: 'INITIATOR_FAILED', message: String(error), branchId: null };
      const cancelled = { ...outcomeWith(xid), outcome: 'cancelled' as const, reason };
      if (error instanceof BranchRefused) return cancelled;
      this.decide(cancelled);
      throw error;
    }
  }
}

function outcomeWith(xid: string): Outcome {
  return {
    xid,
    outcome: 'confirmed',
    reason: null,
    decidedAt: new Date().toISOString(),
    endedAt: null,
    replayed: false,
    answers: {},
  };
}

/** An order of two lines, with a coupon. */
export function soundOrder(more: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    customerId: '17850',
    currency: 'GBP',
    items: [
      { sku: '85123A', quantity: 6, amountMinor: 1_530, discountMinor: 170 },
      { sku: '71053', quantity: 6, amountMinor: 2_034, discountMinor: 0 },
    ],
    couponCode: 'W20110801-BAGS',
    address: { line1: '1 High Street', city: 'London', country: 'United Kingdom' },
    ...more,
  };
}
