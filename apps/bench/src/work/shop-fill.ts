import { PAGE_ROWS_MAX } from '@holdfast/shop';
import { request } from 'undici';

export const SKUS = 10_000;
export const CUSTOMERS = 1_000;
export const CURRENCY = 'GBP';

/** Pieces of each SKU, and minor units in each wallet: more than any run can take. */
const STOCK = 1_000_000_000;
const BALANCE = '1000000000000';

export const skuOf = (n: number): string => `BENCH-${n}`;
export const customerOf = (n: number): string => `bench-${n}`;

/** Puts rows into a service, a page at a time. */
async function load(url: string, rows: readonly object[]): Promise<void> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS_MAX) {
    const { statusCode, body } = await request(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: rows.slice(from, from + PAGE_ROWS_MAX) }),
    });
    const answer = await body.text();
    if (statusCode >= 300) throw new Error(`${url} answered ${statusCode}: ${answer}`);
  }
}

const numbered = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** Fills the shop with articles and customers that never run out. */
export async function fillShop(services: Readonly<Record<string, string>>): Promise<void> {
  await load(
    `${services['inventory']}/v1/stock`,
    numbered(SKUS, (n) => ({ sku: skuOf(n), available: STOCK })),
  );
  await load(
    `${services['payment']}/v1/wallets`,
    numbered(CUSTOMERS, (n) => ({ customerId: customerOf(n), currency: CURRENCY, availableMinor: BALANCE })),
  );
}

/**
 * Makes coupons, each granted to every customer, so that `count` transactions find one of their own.
 * @returns the codes.
 */
export async function grantCoupons(
  services: Readonly<Record<string, string>>,
  prefix: string,
  count: number,
): Promise<string[]> {
  const codes = numbered(Math.ceil(count / CUSTOMERS), (n) => `${prefix}-${n}`);
  await load(
    `${services['coupon']}/v1/coupons`,
    codes.map((couponCode) => ({
      couponCode,
      validFrom: '2000-01-01',
      validTo: '2099-12-31',
      minimumMinor: 0,
    })),
  );
  const customers = numbered(CUSTOMERS, customerOf);
  await load(
    `${services['coupon']}/v1/grants`,
    codes.flatMap((couponCode) => customers.map((customerId) => ({ couponCode, customerId }))),
  );
  return codes;
}
