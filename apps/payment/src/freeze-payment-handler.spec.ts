import { Refusal } from '@holdfast/participant';
import { FreezePayment } from '@holdfast/shop';
import { CountingContext, ParticipantDriver, TestBranch, newXid, testKit } from '@holdfast/testing';
import fc from 'fast-check';
import { FreezePaymentHandler } from './freeze-payment-handler.js';
import { PaymentUnderTest } from './payment-under-test.suite.js';

let payment: PaymentUnderTest;
let driver: ParticipantDriver;

beforeAll(async () => {
  payment = await PaymentUnderTest.open();
  driver = await startDriver();
});
afterEach(() => payment.audit());
afterAll(() => payment.close());

const startDriver = () =>
  ParticipantDriver.start({ participant: 'payment', dataSource: payment.dataSource }, [
    new FreezePaymentHandler(),
  ]);
const newBranch = () => new TestBranch(FreezePayment);
const pence = (customerId: string, amountMinor: number | string, currency = 'GBP') => ({
  customerId,
  currency,
  amountMinor,
});

test('a batch is two statements to try and one to confirm, and each wallet is one update', async () => {
  await payment.fill({ ann: 1_000, bob: 1_000 });
  const handler = new FreezePaymentHandler();
  const branches = Array.from({ length: 400 }, () => ({ xid: newXid(), branchId: '1' }));
  const trying = new CountingContext(payment.dataSource);
  const answers = await handler.tryMany(
    trying,
    branches.map((branch, n) => ({ ...branch, input: pence(n % 2 ? 'ann' : 'bob', 5) })),
  );
  expect(trying.statements).toBe(2);
  expect([await payment.wallet('ann'), await payment.balance('frozen')]).toEqual([['0', '1000'], '2000']);
  const confirming = new CountingContext(payment.dataSource);
  await handler.confirmMany(
    confirming,
    branches.map((branch, n) => ({
      ...branch,
      reservation: answers[n] as { customerId: string; currency: string; amountMinor: string },
    })),
  );
  expect(confirming.statements).toBe(1);
  expect([await payment.wallet('bob'), await payment.balance('revenue')]).toEqual([['0', '0'], '2000']);
});

test('money is granted in the order of the items while it lasts, and a smaller payment after a refused one fits', async () => {
  await payment.fill({ ann: 100 });
  const answers = await new FreezePaymentHandler().tryMany(
    new CountingContext(payment.dataSource),
    [60, 50, 40, 1].map((amount) => ({ xid: newXid(), branchId: '1', input: pence('ann', amount) })),
  );
  expect(answers.map((answer) => (Refusal.is(answer) ? answer.message : answer.amountMinor))).toEqual([
    '60',
    'ann has 40 GBP of the 50 to be paid',
    '40',
    'ann has 0 GBP of the 1 to be paid',
  ]);
});

test('a Cancel gives the money back', async () => {
  await payment.fill({ ann: 100 });
  const branch = newBranch();
  expect(await driver.deliver(branch.try(pence('ann', 70)))).toMatchObject([{ outcome: 'tried' }]);
  expect(await payment.wallet('ann')).toEqual(['30', '70']);
  expect(await driver.deliver(branch.cancel())).toMatchObject([{ outcome: 'cancelled' }]);
  expect(await payment.wallet('ann')).toEqual(['100', '0']);
  expect(await payment.balance('revenue')).toBe('0');
});

test('amounts beyond 2^53 are exact, as text', async () => {
  await payment.fill({ ann: '9999999999999999' });
  const branch = newBranch();
  const [reply] = await driver.deliver(branch.try(pence('ann', '9999999999999998')));
  expect(reply).toMatchObject({ outcome: 'tried', answer: { amountMinor: '9999999999999998' } });
  expect(await payment.wallet('ann')).toEqual(['1', '9999999999999998']);
  await driver.deliver(branch.confirm());
  expect(await payment.balance('revenue')).toBe('9999999999999998');
});

test.each([
  ['INSUFFICIENT_FUNDS', pence('ann', 101)],
  ['ACCOUNT_UNKNOWN', pence('nobody', 1)],
  ['ACCOUNT_UNKNOWN', pence('ann', 1, 'EUR')],
  ['INVALID_INPUT', pence('ann', 0)],
  ['INVALID_INPUT', pence('ann', -1)],
  ['INVALID_INPUT', pence('ann', 0.5)],
  ['INVALID_INPUT', pence('ann', '007')],
  ['INVALID_INPUT', pence('ann', '1e3')],
  ['INVALID_INPUT', pence('ann', '10000000000000000')],
  ['INVALID_INPUT', pence('ann', 2 ** 53)],
  ['INVALID_INPUT', pence('ann', 1, 'pounds')],
])('%s freezes nothing: %j', async (code, input) => {
  await payment.fill({ ann: 100 });
  expect(await driver.deliver(newBranch().try(input))).toMatchObject([{ outcome: 'refused', code }]);
  expect(await payment.wallet('ann')).toEqual(['100', '0']);
});

test('loading a wallet again books the difference, and the same again books nothing', async () => {
  await payment.fill({ ann: 100 });
  const branch = newBranch();
  await driver.deliver(branch.try(pence('ann', 70)));
  const page = [{ customerId: 'ann', currency: 'GBP', availableMinor: 10 }];
  await payment.book.load(page);
  await payment.book.load(page);
  expect(await payment.wallet('ann')).toEqual(['10', '70']);
  expect(await payment.balance('equity')).toBe('-80');
  await driver.deliver(branch.confirm());
});

test('wallets that are loaded twice at once are booked once', async () => {
  await payment.fill({});
  const page = Array.from({ length: 200 }, (_, n) => pence(`c-${n}`, 7)).map(
    ({ amountMinor, ...wallet }) => ({
      ...wallet,
      availableMinor: amountMinor,
    }),
  );
  await Promise.all([page, page.toReversed(), page].map((each) => payment.book.load(each)));
  expect(await payment.balance('equity')).toBe('-1400');
});

test('I8: batches that want the same wallets in opposite orders, on two instances, all end and keep the money', async () => {
  const customers = ['ann', 'bob', 'cid'];
  await payment.fill(Object.fromEntries(customers.map((customer) => [customer, 300])));
  const drivers = [driver, await startDriver()];
  await Promise.all(
    drivers.map(async (each, index) => {
      const order = index === 0 ? customers : customers.toReversed();
      for (let round = 0; round < 20; round++) {
        const branches = order.flatMap((customer) =>
          Array.from({ length: 5 }, () => ({ customer, branch: newBranch() })),
        );
        const replies = await each.deliver(
          ...branches.map(({ customer, branch }) => branch.try(pence(customer, 3))),
        );
        const yes = new Set(replies.filter(({ outcome }) => outcome === 'tried').map(({ xid }) => xid));
        const tried = branches.filter(({ branch }) => yes.has(branch.xid));
        const settled = tried.map(({ branch }, at) => (at % 2 === 0 ? branch.confirm() : branch.cancel()));
        expect(await each.deliver(...settled)).toHaveLength(tried.length);
      }
    }),
  );
  expect(await payment.balance('frozen')).toBe('0');
});

test('I8: whatever comes in whatever batches, no penny is lost, made or owed', async () => {
  const step = fc.record({
    branch: fc.nat({ max: 5 }),
    operation: fc.constantFrom('try' as const, 'confirm' as const, 'cancel' as const),
  });
  const payments = fc.array(fc.tuple(fc.constantFrom('ann', 'bob'), fc.integer({ min: 1, max: 60 })), {
    minLength: 6,
    maxLength: 6,
  });
  const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(payments, batches, async (inputs, schedule) => {
      await payment.fill({ ann: 100, bob: 50 });
      const branches = inputs.map(([customer, amount]) => ({
        branch: newBranch(),
        input: pence(customer, amount),
      }));
      for (const batch of schedule) {
        await driver.deliver(
          ...batch.map(({ branch: at, operation }) => {
            const { branch, input } = branches[at] as (typeof branches)[number];
            return operation === 'try' ? branch.try(input) : branch[operation]();
          }),
        );
        await payment.audit();
      }
    }),
    { numRuns: 40 },
  );
});

describe('the canonical schedules', () => {
  beforeEach(() => payment.fill({ ann: 1_000, bob: 5 }));

  for (const { name, run } of testKit(FreezePaymentHandler, {
    branch: FreezePayment,
    get dataSource() {
      return payment.dataSource;
    },
    input: () => pence('ann', 3),
    refusedInput: () => pence('bob', 6),
    invariant: () => payment.audit(),
  }))
    test(name, run);
});
