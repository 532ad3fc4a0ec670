import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { TestBranch } from '@holdfast/testing';
import { ReserveOneByOne, freeze } from './stock.suite.js';
import { StockTest, oneByOne } from './stock-test.suite.js';

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

test('an observer is told what the fence said, what came of each command and how long it took', async () => {
  const sku = await stock.newSku();
  const told: string[] = [];
  const handler = oneByOne({
    async try(ctx, input) {
      if (input.quantity === 13) throw new Error('not today');
      return freeze(ctx, input);
    },
  });
  const driver = await stock.start(handler, {
    observer: {
      verdict: (...said) => void told.push(`fence ${said.join(' ')}`),
      answered: (...said) => void told.push(said.join(' ')),
      failed: (operation, resource, code) => void told.push(`${operation} ${resource} ${code}`),
      attempted: (operation, resource, durationMs) => {
        if (durationMs > 0) told.push(`${operation} ${resource} took`);
      },
    },
  });
  const { resource } = ReserveOneByOne;
  const [first, second] = [new TestBranch(ReserveOneByOne), new TestBranch(ReserveOneByOne)];
  await driver.deliver(first.try({ sku, quantity: 1 }), second.try({ sku, quantity: 1 }));
  expect(told.splice(0)).toEqual([
    `fence try ${resource} run 2`,
    `try ${resource} took`,
    `try ${resource} tried 2`,
  ]);
  await driver.deliver(first.confirm(), first.confirm());
  expect(told.splice(0)).toContain(`fence confirm ${resource} replay 1`);
  await driver.deliver(new TestBranch(ReserveOneByOne).try({ sku, quantity: 13 }));
  expect(told).toEqual([`try ${resource} took`, `try ${resource} HANDLER_FAILED`]);
});
