import { randomBytes } from 'node:crypto';
import { branch, TccClient } from '@holdfast/client';
import { CreateOrder, FreezePayment, ReserveStock } from '@holdfast/shop';
import { HttpCalls } from './replay/http-calls.js';
import { loadShop } from './replay/shop-loading.js';
import { SHOP_CURRENCY } from './shop/shop.js';
import type { StackAddresses } from './stack/stack.js';

const EVERY_MS = 50;
const BURST = 500;
const ARTICLES = 100;
const PLENTY = 1_000_000;
const ADDRESS = { line1: '1 Long Street', city: 'London', country: 'United Kingdom' };

/** Begins checkouts at all coordinators in turn, at a pace of its own: what is down slows nobody who wants to buy. */
export class CheckoutLoad {
  /** What no outcome was told of, in words. */
  readonly unanswered: string[] = [];
  private readonly clients: readonly TccClient[];
  private readonly underWay = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private count = 0;

  private constructor({ coordinators }: StackAddresses) {
    this.clients = coordinators.map((url) => new TccClient({ url }));
    this.timer = setInterval(() => this.begin(), EVERY_MS);
  }

  static async start(addresses: StackAddresses): Promise<CheckoutLoad> {
    const all = Array.from({ length: ARTICLES }, (_, n) => n);
    const books = {
      ...{ customers: [], coupons: [], grants: [] },
      stock: all.map((n) => ({ sku: `SKU-${n}`, available: PLENTY })),
      wallets: all.map((n) => ({
        customerId: `c-${n}`,
        currency: SHOP_CURRENCY,
        availableMinor: PLENTY * 1_000,
      })),
    };
    const http = new HttpCalls(4);
    await loadShop(books, addresses.services, http, new AbortController().signal);
    await http.destroy();
    return new CheckoutLoad(addresses);
  }

  /** Begins many at once. */
  burst(): void {
    for (let n = 0; n < BURST; n += 1) this.begin();
  }

  /** Begins no more, and resolves when all have been answered. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underWay);
    await Promise.all(this.clients.map((client) => client.close()));
  }

  private begin(): void {
    const n = this.count++;
    const checkout = this.checkout(n).catch((error: unknown) => {
      this.unanswered.push((error as Error).message);
    });
    this.underWay.add(checkout);
    void checkout.finally(() => this.underWay.delete(checkout));
  }

  private async checkout(n: number): Promise<void> {
    const client = this.clients[n % this.clients.length] as TccClient;
    const [sku, customerId] = [`SKU-${n % ARTICLES}`, `c-${n % ARTICLES}`];
    const order = {
      ...{ orderNo: orderNumber(), customerId, currency: SHOP_CURRENCY, address: ADDRESS },
      orderedAt: new Date().toISOString(),
      lines: [{ sku, quantity: 1, amountMinor: 100 }],
    };
    await client.run({ name: 'checkout' }, [
      branch(CreateOrder, order),
      branch(ReserveStock, { lines: [{ sku, quantity: 1 }] }),
      branch(FreezePayment, { customerId, currency: SHOP_CURRENCY, amountMinor: 100 }),
    ]);
  }
}

/** 24 digits, as the order service's numbers have; only their being unique counts here. */
function orderNumber(): string {
  const digits = BigInt(`0x${randomBytes(10).toString('hex')}`).toString();
  return digits.padStart(24, '0').slice(-24);
}
