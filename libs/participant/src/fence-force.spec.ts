import type { FenceState } from '@holdfast/protocol';
import { TestBranch, type ParticipantDriver } from '@holdfast/testing';
import type { ForceEvidence, TccHandler } from './handler.js';
import { StockTest, oneByOne, outcomes, times } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  fenceOf,
  movementsOf,
  stockOf,
  type Stock,
} from './stock.suite.js';

const stock = new StockTest();
let driver: ParticipantDriver;

beforeAll(async () => {
  await stock.open();
  driver = await stock.start(new OneByOneHandler());
});
afterAll(() => stock.close());

type Branch = TestBranch<typeof ReserveOneByOne>;
const newBranch = (): Branch => new TestBranch(ReserveOneByOne);

async function tried(by = driver): Promise<{ branch: Branch; sku: string }> {
  const sku = await stock.newSku();
  const branch = newBranch();
  await by.deliver(branch.try({ sku, quantity: 3 }));
  return { branch, sku };
}
const forcedFrom = (fence: FenceState | null, settled: boolean) => [{ outcome: 'forced', fence, settled }];

test('a Confirm or Cancel that is still queued has no effect after the force, and is told of it', async () => {
  const { branch, sku } = await tried();
  const replies = await driver.deliver(branch.force('confirm'), branch.confirm(), branch.cancel());
  expect(replies).toMatchObject(times(3, () => ({ outcome: 'forced', fence: 'tried', settled: false })));
  expect(await movementsOf(stock.dataSource, branch.xid)).toEqual(['try']);
  expect(await stockOf(stock.dataSource, sku)).toMatchObject({ frozen: 3, sold: 0 });
});

test('I4, I12: a repeated force repeats its answer, so that a reply that was lost is told all the same', async () => {
  const refusedOne = newBranch();
  await driver.deliver(refusedOne.try({ sku: 'NONE', quantity: 1 }));
  driver.losesReplies = true;
  await expect(driver.deliver(refusedOne.force('confirm'))).rejects.toThrow();
  driver.losesReplies = false;
  expect(await driver.deliver(refusedOne.force('confirm'))).toMatchObject(forcedFrom('refused', true));
});

test('I5: a Try that comes only after the force freezes nothing', async () => {
  const sku = await stock.newSku();
  const branch = newBranch();
  expect(await driver.deliver(branch.force('cancel'))).toMatchObject(forcedFrom(null, true));
  const [reply] = await driver.deliver(branch.try({ sku, quantity: 3 }));
  expect(reply).toMatchObject({ outcome: 'refused', code: 'FORCED' });
  expect(await stockOf(stock.dataSource, sku)).toMatchObject({ frozen: 0 });
});

test('what the Try had answered is kept, and repeated to a late Try', async () => {
  const { branch, sku } = await tried();
  await driver.deliver(branch.force('cancel', 'The provider paid it out.'));
  const answer = { sku, quantity: 3 };
  expect(await fenceOf(stock.dataSource, branch)).toEqual({ state: 'forced', answer });
  expect(await driver.deliver(branch.try({ sku, quantity: 3 }))).toMatchObject([
    { outcome: 'tried', answer },
  ]);
  const refusedOne = newBranch();
  const input = { sku, quantity: 1_000 };
  const [before] = await driver.deliver(refusedOne.try(input));
  await driver.deliver(refusedOne.force('cancel'));
  expect(await driver.deliver(refusedOne.try(input))).toMatchObject([{ ...before, attempt: 2 }]);
});

test('what has been confirmed or cancelled is left alone', async () => {
  const { branch } = await tried();
  await driver.deliver(branch.confirm());
  expect(await driver.deliver(branch.force('confirm'))).toMatchObject(forcedFrom('confirmed', true));
  expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'confirmed' });
});

test("the operator's evidence stands in the fence, and no clean-up takes the row", async () => {
  const { branch } = await tried();
  await driver.deliver(branch.force('confirm', 'Ticket 17'));
  await stock.dataSource.query(`update holdfast_fence set updated_at = now() - interval '400 days'`);
  const row = { xid: branch.xid, branchId: branch.branchId };
  await driver.notify({ type: 'holdfast.cleanup-answer', body: { v: 1, branches: [row] } });
  const [kept] = await stock.dataSource.query<{ forced: object }[]>(
    'select forced from holdfast_fence where xid = $1',
    [branch.xid],
  );
  expect(kept?.forced).toEqual({ fence: 'tried', settled: false, evidence: 'Ticket 17' });
});

test('a force older than the retention finds no row and goes to the dead letters', async () => {
  const branch = newBranch();
  const issuedAt = Date.now() - 8 * 24 * 3_600_000;
  expect(await driver.deliver({ ...branch.force('cancel'), issuedAt })).toEqual([]);
  expect(driver.deadLetters).toHaveLength(1);
  expect(await fenceOf(stock.dataSource, branch)).toBeUndefined();
});

test('a force for another resource than was tried is a failure, and changes nothing', async () => {
  const { branch } = await tried();
  const both = await stock.start([new OneByOneHandler(), new BatchHandler()]);
  const [reply] = await both.deliver({ ...branch.force('cancel'), resource: ReserveStock.resource });
  expect(reply).toMatchObject({ outcome: 'failed', code: 'RESOURCE_DIFFERS' });
  expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'tried' });
});

describe('a handler that settles what was forced', () => {
  const given: ForceEvidence[] = [];
  let breaks = false;
  const settling = oneByOne({
    async forced(ctx, reservation, evidence) {
      given.push(evidence);
      const handler = new OneByOneHandler();
      if (evidence.decision === 'confirm') await handler.confirm(ctx, reservation);
      else await handler.cancel(ctx, reservation);
      if (breaks) throw new Error('no');
    },
  } satisfies Partial<TccHandler<Stock>>);
  let its: ParticipantDriver;
  beforeAll(async () => {
    its = await stock.start(settling);
  });
  beforeEach(() => given.splice(0));

  test('gets the reservation, the decision and the evidence, once', async () => {
    const { branch, sku } = await tried(its);
    const replies = await its.deliver(branch.force('cancel', 'Ticket 18'), branch.force('cancel'));
    expect(replies).toMatchObject(times(2, () => ({ outcome: 'forced', fence: 'tried', settled: true })));
    expect(given).toEqual([{ decision: 'cancel', text: 'Ticket 18' }]);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 100, frozen: 0, sold: 0 });
  });

  test('that fails leaves the branch as it was, and is asked again', async () => {
    const { branch, sku } = await tried(its);
    breaks = true;
    expect(outcomes(await its.deliver(branch.force('confirm')))).toEqual(['failed']);
    expect(await fenceOf(stock.dataSource, branch)).toMatchObject({ state: 'tried' });
    expect(await stockOf(stock.dataSource, sku)).toMatchObject({ frozen: 3 });
    breaks = false;
  });

  test('is not asked where nothing is held', async () => {
    await its.deliver(newBranch().force('cancel'));
    expect(given).toEqual([]);
  });
});
