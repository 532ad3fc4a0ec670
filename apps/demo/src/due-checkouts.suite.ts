import { randomBytes } from 'node:crypto';
import { CreateOrder, FreezePayment, LockCoupon, ReserveStock } from '@holdfast/shop';
import { until } from '@holdfast/testing';
import type pg from 'pg';
import { HttpCalls } from './replay/http-calls.js';
import { loadShop } from './replay/shop-loading.js';
import { SHOP_CURRENCY } from './shop/shop.js';
import { SHOP_SERVICES } from './stack/stack-plan.js';
import type { StackAddresses } from './stack/stack.js';

const CONNECTIONS = 64;
const CUSTOMERS = 100;
const PLENTY = 1_000_000;
const PRICE_MINOR = 100;
const ADDRESS = { line1: '1 Long Street', city: 'London', country: 'United Kingdom' };
const PREPARE_MS_MAX = 120_000;

export interface DueCheckouts {
  /** Checkouts that order, reserve stock and take a coupon. */
  readonly unpaid: number;
  /** Checkouts that are paid as well. */
  readonly paid: number;
}

/**
 * Makes checkouts whose Tries have all succeeded, which are decided to be confirmed, and of which no Confirm was sent:
 * all services are paused. Real ones, begun at the first coordinator and tried by the services.
 */
export async function decideCheckouts(
  { services, coordinators: [coordinator = ''] }: StackAddresses,
  rows: pg.Pool,
  { unpaid, paid }: DueCheckouts,
): Promise<void> {
  const http = new HttpCalls(CONNECTIONS);
  const count = async (condition: string) =>
    (await rows.query<{ count: number }>(`select count(*)::int from transactions where ${condition}`)).rows[0]
      ?.count;
  const all = unpaid + paid;
  try {
    await loadShop(books(all), services, http, new AbortController().signal);
    const post = async (path: string, body: object) => {
      const answer = await http.call({ method: 'POST', url: `${coordinator}${path}`, body });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    };
    const isBegun = async (body: object) => {
      const answer = await http.call({ method: 'POST', url: `${coordinator}/v1/transactions`, body });
      if (answer.status === 429) return false; // Nothing was begun: what cools off is counted twice a second.
      if (answer.status >= 300) throw new Error(`A begin: ${answer.status} ${JSON.stringify(answer.body)}`);
      return true;
    };
    const checkouts = Array.from({ length: all }, (_, n) => checkout(n, n < paid));
    const takenOn = { what: 'the coordinator to take a checkout on', timeoutMs: PREPARE_MS_MAX };
    await Promise.all(checkouts.map((body) => until(() => isBegun(body), takenOn)));
    await until(async () => (await count('cooling_since is not null')) === all, {
      what: 'all Tries to succeed',
      timeoutMs: PREPARE_MS_MAX,
    });
    for (const name of SHOP_SERVICES)
      await post(`/v1/participants/${name}/actions/pause`, { reason: 'nothing is to be confirmed yet' });
    await rows.query(
      'update transactions set version = version + 1, holder = null, wake_at = now(), confirm_not_before = now()',
    );
    await until(async () => (await count(`phase = 'confirming'`)) === all, {
      what: 'all to be decided',
      timeoutMs: PREPARE_MS_MAX,
    });
  } finally {
    await http.destroy();
  }
}

/** Lets them be sent again, an hour from now: for when no coordinator runs. */
export async function putOff(rows: pg.Pool): Promise<void> {
  await rows.query('update participants set paused_at = null, paused_by = null, pause_reason = null');
  await rows.query(`update transactions set wake_at = now() + interval '1 h'`);
}

function books(checkouts: number) {
  const numbers = Array.from({ length: CUSTOMERS }, (_, n) => n);
  const coupons = Array.from({ length: Math.ceil(checkouts / CUSTOMERS) }, (_, n) => couponOf(n));
  return {
    customers: [],
    stock: numbers.map((n) => ({ sku: `SKU-${n}`, available: PLENTY })),
    wallets: numbers.map((n) => ({
      customerId: `c-${n}`,
      currency: SHOP_CURRENCY,
      availableMinor: PLENTY * PRICE_MINOR,
    })),
    coupons: coupons.map((couponCode) => ({
      couponCode,
      validFrom: '2000-01-01',
      validTo: '2099-12-31',
      minimumMinor: 0,
    })),
    grants: coupons.flatMap((couponCode) => numbers.map((n) => ({ couponCode, customerId: `c-${n}` }))),
  };
}

const couponOf = (n: number) => `COUPON-${n}`;

function checkout(n: number, isPaid: boolean) {
  const [sku, customerId, orderedAt] = [
    `SKU-${n % CUSTOMERS}`,
    `c-${n % CUSTOMERS}`,
    new Date().toISOString(),
  ];
  const calls = [
    {
      definition: CreateOrder,
      input: {
        ...{ orderNo: orderNumber(), customerId, currency: SHOP_CURRENCY, address: ADDRESS, orderedAt },
        lines: [{ sku, quantity: 1, amountMinor: PRICE_MINOR }],
      },
    },
    { definition: ReserveStock, input: { lines: [{ sku, quantity: 1 }] } },
    {
      definition: LockCoupon,
      input: {
        ...{ couponCode: couponOf(Math.floor(n / CUSTOMERS)), customerId, orderedAt },
        ...{ basketMinor: PRICE_MINOR, discountMinor: 0 },
      },
    },
    ...(isPaid
      ? [
          {
            definition: FreezePayment,
            input: { customerId, currency: SHOP_CURRENCY, amountMinor: PRICE_MINOR },
          },
        ]
      : []),
  ];
  return {
    name: isPaid ? 'paid' : 'unpaid',
    timeout: '5m',
    confirmNotBefore: new Date(Date.now() + 3_600_000).toISOString(),
    branches: calls.map(({ definition: { participant, resource }, input }, i) => ({
      ...{ branchId: String(i + 1), participant, resource, input },
    })),
  };
}

/** 24 digits, as the order service's numbers have; only their being unique counts here. */
function orderNumber(): string {
  const digits = BigInt(`0x${randomBytes(10).toString('hex')}`).toString();
  return digits.padStart(24, '0').slice(-24);
}
