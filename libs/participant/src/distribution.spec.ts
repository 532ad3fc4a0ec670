import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { TestBranch, schemaFaults, statementFaults, type Distribution } from '@holdfast/testing';
import pg from 'pg';
import { StockTest } from './stock-test.suite.js';
import { BatchHandler, ReserveStock } from './stock.suite.js';

/** How the fence would be spread over machines, by docs/scaling.md; what a service keeps beside it is its own matter. */
const DISTRIBUTION: Distribution = {
  holdfast_fence: ['xid'],
  holdfast_fence_overdue: ['xid'],
  holdfast_fence_watch: 'everywhere',
  ...{ stock: 'everywhere', movement: 'everywhere', migrations: 'everywhere' },
};

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

/** The statements about the fence that `work` sends, by their words. */
async function statementsOf(work: () => Promise<void>): Promise<Record<string, string>> {
  const sent = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await work();
    const texts = sent.mock.calls.map(([first]) =>
      typeof first === 'string' ? first : (first as unknown as { text: string }).text,
    );
    const fence = texts.filter((text) => text.includes('holdfast_fence'));
    return Object.fromEntries(fence.map((text) => [text.trim().replaceAll(/\s+/g, ' '), text]));
  } finally {
    sent.mockRestore();
  }
}

test('every unique constraint carries the columns by which its table is spread', async () => {
  expect(await schemaFaults(stock.url, DISTRIBUTION)).toEqual([]);
});

test('every statement on the way of a command says on which machine its row is', async () => {
  const sku = await stock.newSku();
  const driver = await stock.start(new BatchHandler());
  const branch = () => new TestBranch(ReserveStock);
  const statements = await statementsOf(async () => {
    const [one, other, refused] = [branch(), branch(), branch()];
    const tries = [one, other].map((each) => each.try({ sku, quantity: 1 }));
    await driver.deliver(...tries, refused.try({ sku, quantity: 1_000 }));
    await driver.deliver(...tries, one.confirm(), other.cancel(), refused.cancel());
    await driver.deliver(one.confirm(), branch().confirm(), branch().cancel(), branch().force('confirm'));
    await driver.deliver(one.force('confirm'));
  });
  // Claim, look, enter, move, take back, and both of a force.
  expect(Object.keys(statements)).toHaveLength(7);
  expect(await statementFaults(stock.url, statements, DISTRIBUTION)).toEqual([]);
});
