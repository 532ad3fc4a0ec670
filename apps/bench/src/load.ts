import { randomBytes } from 'node:crypto';
import { branch } from '@holdfast/client';
import type { BranchCall, TccClient } from '@holdfast/client';
import { CreateOrder, FreezePayment, LockCoupon, ReserveStock } from '@holdfast/shop';
import type { Point } from './point.js';
import { CURRENCY, CUSTOMERS, SKUS, customerOf, skuOf } from './shop-fill.js';

/**
 * One in so many asks for the decision instead of the end: a call can wait for one of them only. It then waits for
 * the end as well before its place in flight is free, by a second call, so under a full load few do.
 */
const DECIDED_EVERY = 8;
const DECIDED_EVERY_WHEN_FULL = 64;
/** Transactions in flight from which on a second passes enough of them. */
const FULL = 256;

const ADDRESS = { line1: '1 Bench Street', city: 'London', country: 'United Kingdom' };

/** What a load has seen in its window. */
export interface Seen {
  /** From the call to its answer, in milliseconds. */
  readonly decidedMs: readonly number[];
  readonly endedMs: readonly number[];
  readonly cancelled: number;
  readonly errors: readonly string[];
}

/** Keeps a number of transactions in flight through the shipped client: whenever one ends, the next begins. */
export class ClosedLoop {
  private readonly decidedMs: number[] = [];
  private readonly endedMs: number[] = [];
  private readonly errors: string[] = [];
  private cancelled = 0;
  private started = 0;
  private counting = false;
  private running = true;
  private readonly workers: Promise<void>[];

  /** @param coupons codes that every customer has; one is used for each transaction of four branches. */
  constructor(
    private readonly tcc: TccClient,
    private readonly point: Point,
    private readonly coupons: readonly string[],
  ) {
    this.workers = Array.from({ length: point.inFlight }, () => this.work());
  }

  /** What is answered from now on counts. */
  open(): void {
    this.counting = true;
  }

  /** What is answered from now on does not count. */
  shut(): Seen {
    this.counting = false;
    const { decidedMs, endedMs, cancelled, errors } = this;
    return { decidedMs, endedMs, cancelled, errors };
  }

  /** Begins no more, and resolves when all have ended. */
  async end(): Promise<void> {
    this.running = false;
    await Promise.all(this.workers);
  }

  private async work(): Promise<void> {
    while (this.running) {
      const n = this.started++;
      const calls = this.calls(n);
      if (!calls) {
        this.errors.push('the coupons ran out: the run was longer than was planned for');
        return;
      }
      try {
        await this.once(n, calls);
      } catch (error) {
        this.errors.push((error as Error).message);
      }
    }
  }

  private async once(n: number, calls: readonly BranchCall[]): Promise<void> {
    const idempotencyKey = randomBytes(16).toString('hex');
    const options = { name: 'bench', idempotencyKey };
    const startedAt = performance.now();
    const elapsed = () => performance.now() - startedAt;
    if (n % (this.point.inFlight < FULL ? DECIDED_EVERY : DECIDED_EVERY_WHEN_FULL) === 0) {
      await this.tcc.run({ ...options, wait: 'decided' }, calls);
      if (this.counting) this.decidedMs.push(elapsed());
    }
    const { outcome } = await this.tcc.run({ ...options, wait: 'ended' }, calls);
    if (!this.counting) return;
    this.endedMs.push(elapsed());
    if (outcome === 'cancelled') this.cancelled += 1;
  }

  private calls(n: number): BranchCall[] | undefined {
    const { branches, hot } = this.point;
    const customerId = customerOf(n % CUSTOMERS);
    const sku = skuOf(hot ? 0 : Math.floor(Math.random() * SKUS));
    const orderedAt = new Date().toISOString();
    const amountMinor = 1_000;
    const calls = [
      branch(CreateOrder, {
        ...{ orderNo: orderNumber(), customerId, currency: CURRENCY, address: ADDRESS, orderedAt },
        lines: [{ sku, quantity: 1, amountMinor }],
      }),
      branch(ReserveStock, { lines: [{ sku, quantity: 1 }] }),
    ];
    if (branches === 2) return calls;
    const couponCode = this.coupons[Math.floor(n / CUSTOMERS)];
    if (couponCode === undefined) return undefined;
    return [
      ...calls,
      branch(LockCoupon, { couponCode, customerId, basketMinor: amountMinor, discountMinor: 0, orderedAt }),
      branch(FreezePayment, { customerId, currency: CURRENCY, amountMinor }),
    ];
  }
}

/** 24 digits, as the order service's numbers have; only their being unique counts here. */
function orderNumber(): string {
  const digits = BigInt(`0x${randomBytes(10).toString('hex')}`)
    .toString()
    .padStart(24, '0');
  return digits.slice(-24);
}
