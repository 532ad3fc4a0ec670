import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LINES_MAX } from '@holdfast/shop';
import { FILE_BYTES_MAX, type Shop } from './shop.js';
import { Faults, FAULTS_MAX, ShopFaultsError } from './shop-faults.js';
import { readShop, writeShop } from './shop-folder.js';
import { readTable } from './table-file.js';

/** Small, but with everything: quotes in a name, a product twice in a basket, a coupon, a cancellation. */
const shop: Shop = {
  products: [
    { productId: 'A1', name: 'MUG, "BLUE"', category: 'CUPS', packageSize: 1, unitPriceMinor: 250 },
    { productId: 'B2', name: 'CAFÉ TRAY', category: 'TRAYS', packageSize: 6, unitPriceMinor: 1_000 },
  ],
  customers: [
    { customerId: 'c1', country: 'United Kingdom' },
    { customerId: 'c2', country: 'Unspecified' },
  ],
  coupons: [
    {
      couponId: 'SPRING-CUPS',
      campaignId: 'SPRING',
      category: 'CUPS',
      minimumMinor: 1_500,
      validFrom: '2025-03-01',
      validTo: '2025-03-14',
    },
  ],
  grants: [{ campaignId: 'SPRING', customerId: 'c1' }],
  baskets: [
    {
      basketId: '1001',
      customerId: 'c1',
      orderedAt: '2025-03-01T08:30:00Z',
      couponId: 'SPRING-CUPS',
      lines: [
        { line: 1, productId: 'A1', quantity: 2, paidMinor: 400, discountMinor: 100 },
        { line: 2, productId: 'B2', quantity: 1, paidMinor: 1_000, discountMinor: 0 },
        { line: 3, productId: 'B2', quantity: 2, paidMinor: 1_800, discountMinor: 0 },
      ],
    },
    {
      basketId: '1002',
      customerId: 'c2',
      orderedAt: '2025-03-01T09:00:00Z',
      lines: [{ line: 1, productId: 'A1', quantity: 3, paidMinor: 750, discountMinor: 0 }],
    },
  ],
  redemptions: [
    {
      couponId: 'SPRING-CUPS',
      customerId: 'c1',
      basketId: '1001',
      redeemedAt: '2025-03-01T08:30:00Z',
      discountMinor: 100,
    },
  ],
  cancellations: [
    {
      cancellationId: 'C1',
      basketId: '1001',
      customerId: 'c1',
      cancelledAt: '2025-03-02T10:00:00Z',
      productId: 'B2',
      quantity: 3,
      amountMinor: 2_800,
    },
  ],
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'));
  await writeShop(folder, shop);
});
afterEach(() => rm(folder, { recursive: true }));

async function change(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(join(folder, file), 'utf8');
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`${file} has no ${from}`);
  await writeFile(join(folder, file), changed);
}

/** Each fault as `file:line column`. */
async function placesOfFaults(): Promise<string[]> {
  const error = await readShop(folder).catch((thrown: unknown) => thrown);
  if (!(error instanceof ShopFaultsError)) throw new Error('no faults were found', { cause: error });
  return error.faults.map(({ file, line, column }) => `${file}:${line ?? ''} ${column ?? ''}`.trimEnd());
}

test('what was written is read again', async () => {
  expect(await readShop(folder)).toEqual(shop);
});

test('baskets come in order of time, their lines in order of position, however the rows stand', async () => {
  const text = await readFile(join(folder, 'baskets.csv'), 'utf8');
  const [header, ...rows] = text.trimEnd().split('\n');
  await writeFile(join(folder, 'baskets.csv'), [header, ...rows.reverse()].join('\n'));
  expect(await readShop(folder)).toEqual(shop);
});

test('a byte order mark, CRLF and another order of the columns are no faults', async () => {
  await writeFile(
    join(folder, 'customers.csv'),
    '\uFEFFcountry,customer_id\r\nUnited Kingdom,c1\r\nUnspecified,c2\r\n',
  );
  expect(await readShop(folder)).toEqual(shop);
});

describe('a fault is found and placed:', () => {
  test.each<[what: string, file: string, from: string | RegExp, to: string, place: string]>([
    ['a quantity of 0', 'baskets.csv', 'A1,2,400', 'A1,0,400', 'baskets.csv:2 quantity'],
    ['a negative quantity', 'baskets.csv', 'A1,2,400', 'A1,-2,400', 'baskets.csv:2 quantity'],
    ['a broken number', 'baskets.csv', 'A1,3,750', 'A1,3,7.50', 'baskets.csv:5 sales_value_cents'],
    [
      'a number that is too large',
      'baskets.csv',
      'A1,3,750',
      'A1,3,1000000001',
      'baskets.csv:5 sales_value_cents',
    ],
    ['a price of 0', 'products.csv', ',1,250', ',1,0', 'products.csv:2 unit_price_cents'],
    ['an empty field', 'customers.csv', 'c2,Unspecified', 'c2,', 'customers.csv:3 country'],
    ['an id with a blank', 'customers.csv', 'c2,', 'c 2,', 'customers.csv:3 customer_id'],
    ['a time without a zone', 'baskets.csv', '09:00:00Z', '09:00:00', 'baskets.csv:5 transaction_timestamp'],
    ['a day that does not exist', 'coupons.csv', '2025-03-14', '2025-02-29', 'coupons.csv:2 valid_to'],
    ['a line break in a name', 'products.csv', 'CAFÉ TRAY', '"CAFÉ\nTRAY"', 'products.csv:3 name'],
    ['a field too many', 'customers.csv', 'c2,', 'c2,,', 'customers.csv:3'],
    ['a blank row', 'customers.csv', 'c2,', '\nc2,', 'customers.csv:3'],
    ['a quote that is not closed', 'products.csv', 'CAFÉ', '"CAFÉ', 'products.csv:3'],
    ['a missing column', 'customers.csv', 'country', 'land', 'customers.csv:1 country'],
    [
      'a column that stands twice',
      'coupon_grants.csv',
      'campaign_id',
      'customer_id',
      'coupon_grants.csv:1 campaign_id',
    ],
    ['a product twice, in another case', 'products.csv', 'B2', 'a1', 'products.csv:3 product_id'],
    ['a customer twice', 'customers.csv', 'c2', 'c1', 'customers.csv:3 customer_id'],
    ['a position in a basket twice', 'baskets.csv', '1001,3', '1001,2', 'baskets.csv:4 basket_id, line'],
    ['an unknown product', 'baskets.csv', 'A1,3', 'ZZ,3', 'baskets.csv:5 product_id'],
    ['an unknown customer', 'coupon_grants.csv', 'c1', 'c9', 'coupon_grants.csv:2 customer_id'],
    ['an unknown campaign', 'coupon_grants.csv', 'SPRING,', 'AUTUMN,', 'coupon_grants.csv:2 campaign_id'],
    ['an unknown coupon', 'coupon_redemptions.csv', 'CUPS', 'HATS', 'coupon_redemptions.csv:2 coupon_id'],
    ['an unknown basket', 'cancellations.csv', '1001', '1009', 'cancellations.csv:2 basket_id'],
    ['a basket of two customers', 'baskets.csv', '1001,3,c1', '1001,3,c2', 'baskets.csv:4 customer_id'],
    [
      'a basket of two times',
      'baskets.csv',
      /(1001,3,c1,.*)08:30/,
      '$108:31',
      'baskets.csv:4 transaction_timestamp',
    ],
    ['a part of a penny', 'baskets.csv', '2,1800', '2,1801', 'baskets.csv:4 sales_value_cents'],
    ['a discount without a coupon', 'baskets.csv', '3,750,0', '3,600,150', 'baskets.csv:5 coupon_disc_cents'],
    [
      'a discount not from the list price',
      'baskets.csv',
      '2,400',
      '2,402',
      'baskets.csv:2 coupon_disc_cents',
    ],
    ['a discount of another category', 'products.csv', 'CUPS', 'MUGS', 'baskets.csv:2 coupon_disc_cents'],
    [
      'a discount that is not the sum',
      'coupon_redemptions.csv',
      'Z,100',
      'Z,99',
      'coupon_redemptions.csv:2 discount_cents',
    ],
    [
      'a redemption at another time',
      'coupon_redemptions.csv',
      '08:30',
      '08:31',
      'coupon_redemptions.csv:2 redeemed_at',
    ],
    [
      'a redemption by another customer',
      'coupon_redemptions.csv',
      'c1,',
      'c2,',
      'coupon_redemptions.csv:2 customer_id',
    ],
    [
      'a redemption out of the period',
      'coupons.csv',
      '2025-03-01',
      '2025-03-02',
      'coupon_redemptions.csv:2 redeemed_at',
    ],
    ['a basket below the minimum', 'coupons.csv', '1500', '3500', 'coupon_redemptions.csv:2 coupon_id'],
    [
      'a coupon that was not granted',
      'coupon_grants.csv',
      'c1',
      'c2',
      'coupon_redemptions.csv:2 customer_id',
    ],
    [
      'a period that ends before it starts',
      'coupons.csv',
      '2025-03-14',
      '2025-02-14',
      'coupons.csv:2 valid_to',
    ],
    ['more cancelled than bought', 'cancellations.csv', 'B2,3', 'B2,4', 'cancellations.csv:2 quantity'],
    [
      'a cancellation before the order',
      'cancellations.csv',
      '-02T10',
      '-01T08',
      'cancellations.csv:2 cancelled_at',
    ],
  ])('%s', async (_, file, from, to, place) => {
    await change(file, from, to);
    expect(await placesOfFaults()).toContain(place);
  });

  test('a coupon used twice, in two baskets', async () => {
    await change('coupon_redemptions.csv', /\n(.*)\n/, '\n$1\n$1\n');
    expect(await placesOfFaults()).toEqual([
      'coupon_redemptions.csv:3 coupon_id, customer_id',
      'coupon_redemptions.csv:3 basket_id',
    ]);
  });

  test('bytes that are not UTF-8', async () => {
    await writeFile(
      join(folder, 'customers.csv'),
      Buffer.from('customer_id,country\nc1,UK\nc2,C\xf4te\n', 'latin1'),
    );
    expect(await placesOfFaults()).toEqual(['customers.csv:3 country']);
  });

  test('missing and empty files', async () => {
    await rm(join(folder, 'coupons.csv'));
    await writeFile(join(folder, 'coupon_grants.csv'), '');
    await writeFile(join(folder, 'cancellations.csv'), 'cancellation_id\n');
    expect(await placesOfFaults()).toEqual([
      'coupons.csv:',
      'coupon_grants.csv:1',
      'cancellations.csv:1 basket_id',
      'cancellations.csv:1 customer_id',
      'cancellations.csv:1 cancelled_at',
      'cancellations.csv:1 product_id',
      'cancellations.csv:1 quantity',
      'cancellations.csv:1 amount_cents',
    ]);
  });
});

test('several faults are reported together, each by its file, line and column, with what stands there', async () => {
  await change('products.csv', ',1,250', ',one,250');
  await change('coupon_grants.csv', 'c1', 'c9');
  await change('baskets.csv', '09:00', '25:00');
  await expect(readShop(folder)).rejects.toThrow(
    [
      'the shop was not loaded:',
      '  products.csv, line 2, column package_size: must be a whole number from 1 to 1000000, not "one"',
      '  baskets.csv, line 5, column transaction_timestamp: must be a time such as 2011-08-01T08:30:00Z, not "2025-03-01T25:00:00Z"',
      '  coupon_grants.csv, line 2, column customer_id: c9 is not in customers.csv',
      '  coupon_redemptions.csv, line 2, column customer_id: SPRING was not granted to c1',
    ].join('\n'),
  );
});

test('a broken row is one fault: what refers to it, and sums that lack it, are none', async () => {
  await change('products.csv', ',1,250', ',one,250');
  expect(await placesOfFaults()).toEqual(['products.csv:2 package_size']);
  await change('products.csv', ',one,250', ',1,250');
  await change('baskets.csv', 'A1,2,400', 'A1,x,400');
  expect(await placesOfFaults()).toEqual(['baskets.csv:2 quantity']);
});

test(`no more than ${FAULTS_MAX} faults are reported`, async () => {
  const rows = Array.from({ length: FAULTS_MAX + 5 }, (_, index) => `c${index}\n`);
  await writeFile(join(folder, 'customers.csv'), `customer_id,country\n${rows.join('')}`);
  const error = await readShop(folder).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ShopFaultsError);
  expect((error as ShopFaultsError).faults).toHaveLength(FAULTS_MAX);
  expect((error as ShopFaultsError).message).toContain(`only the first ${FAULTS_MAX}`);
});

test('a file, its rows, a row and a basket have limits', async () => {
  await truncate(join(folder, 'cancellations.csv'), FILE_BYTES_MAX + 1);
  await change('products.csv', 'CAFÉ', 'C'.repeat(70_000));
  expect(await placesOfFaults()).toEqual(['products.csv:3', 'cancellations.csv:']);

  const faults = new Faults();
  expect((await readTable(folder, 'customers', faults, 2)).isWhole).toBe(true);
  expect((await readTable(folder, 'customers', faults, 1)).isWhole).toBe(false);
  expect(() => faults.throwIfAny()).toThrow('customers.csv, line 3: is beyond 1 rows');

  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      line: index + 1,
      productId: 'A1',
      quantity: 1,
      paidMinor: 250,
      discountMinor: 0,
    }));
  const large = (count: number) => ({
    ...shop,
    baskets: [
      ...shop.baskets,
      { basketId: '1003', customerId: 'c2', orderedAt: '2025-03-02T09:00:00Z', lines: lines(count) },
    ],
  });
  await writeShop(folder, large(LINES_MAX));
  await expect(readShop(folder)).resolves.toEqual(large(LINES_MAX));
  await writeShop(folder, large(LINES_MAX + 1));
  expect(await placesOfFaults()).toEqual([`baskets.csv:${6 + LINES_MAX} line`]);
});
