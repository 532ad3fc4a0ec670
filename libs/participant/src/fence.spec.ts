import type { Command, FenceState, Operation } from '@holdfast/protocol';
import { TestBranch, type ParticipantDriver } from '@holdfast/testing';
import { StockTest } from './stock-test.suite.js';
import { OneByOneHandler, ReserveOneByOne, addStock, fenceOf, movementsOf } from './stock.suite.js';
import { VERDICTS, type Verdict } from './verdict.js';

const stock = new StockTest();
let driver: ParticipantDriver;

beforeAll(async () => {
  await stock.open();
  driver = await stock.start(new OneByOneHandler());
  await addStock(stock.dataSource, 'TEAPOT', 1_000_000);
});

afterAll(() => stock.close());

const reservation = { sku: 'TEAPOT', quantity: 1 };
const refusal = { code: 'OUT_OF_STOCK', message: 'none left' };

/** What a command does to a fence in some state: the reply, the state that it leaves, and whether the handler ran. */
interface Cell {
  readonly verdict: Verdict;
  readonly reply: object;
  readonly leaves: FenceState | 'absent';
  readonly runs?: boolean;
}

const tried = { outcome: 'tried', answer: reservation };
const confirmed = { outcome: 'confirmed' };
const cancelled = { outcome: 'cancelled' };
const suspended = { outcome: 'refused', code: 'SUSPENDED' };
const forcedAfter = (fence: FenceState | null, settled = false) => ({ outcome: 'forced', fence, settled });
const unsupported = { outcome: 'failed', code: 'TWO_STEP_UNSUPPORTED' };
const contradiction = (fence: FenceState | null) => ({ outcome: 'contradiction', fence });
const contradicts = (state: FenceState): Cell => ({
  verdict: 'contradiction',
  reply: contradiction(state),
  leaves: state,
});

const EXPECTED: Record<Operation, Record<FenceState | 'absent', Cell>> = {
  try: {
    absent: { verdict: 'run', reply: tried, leaves: 'tried', runs: true },
    trying: { verdict: 'resume', reply: unsupported, leaves: 'trying' },
    tried: { verdict: 'replay', reply: tried, leaves: 'tried' },
    refused: { verdict: 'replay', reply: { outcome: 'refused', ...refusal }, leaves: 'refused' },
    confirming: { verdict: 'replay', reply: tried, leaves: 'confirming' },
    confirmed: { verdict: 'replay', reply: tried, leaves: 'confirmed' },
    cancelling: { verdict: 'suspended', reply: suspended, leaves: 'cancelling' },
    cancelled: { verdict: 'suspended', reply: suspended, leaves: 'cancelled' },
    forced: { verdict: 'replay', reply: tried, leaves: 'forced' },
  },
  confirm: {
    absent: { verdict: 'contradiction', reply: contradiction(null), leaves: 'absent' },
    trying: contradicts('trying'),
    tried: { verdict: 'run', reply: confirmed, leaves: 'confirmed', runs: true },
    refused: contradicts('refused'),
    confirming: { verdict: 'resume', reply: unsupported, leaves: 'confirming' },
    confirmed: { verdict: 'replay', reply: confirmed, leaves: 'confirmed' },
    cancelling: contradicts('cancelling'),
    cancelled: contradicts('cancelled'),
    forced: { verdict: 'replay', reply: forcedAfter('tried'), leaves: 'forced' },
  },
  cancel: {
    absent: { verdict: 'emptyCancel', reply: cancelled, leaves: 'cancelled' },
    trying: { verdict: 'resumeThenRun', reply: unsupported, leaves: 'trying' },
    tried: { verdict: 'run', reply: cancelled, leaves: 'cancelled', runs: true },
    refused: { verdict: 'acknowledge', reply: cancelled, leaves: 'refused' },
    confirming: contradicts('confirming'),
    confirmed: contradicts('confirmed'),
    cancelling: { verdict: 'resume', reply: unsupported, leaves: 'cancelling' },
    cancelled: { verdict: 'replay', reply: cancelled, leaves: 'cancelled' },
    forced: { verdict: 'replay', reply: forcedAfter('tried'), leaves: 'forced' },
  },
  force: {
    absent: { verdict: 'emptyForce', reply: forcedAfter(null, true), leaves: 'forced' },
    trying: { verdict: 'force', reply: forcedAfter('trying'), leaves: 'forced' },
    tried: { verdict: 'force', reply: forcedAfter('tried'), leaves: 'forced' },
    refused: { verdict: 'force', reply: forcedAfter('refused', true), leaves: 'forced' },
    confirming: { verdict: 'force', reply: forcedAfter('confirming'), leaves: 'forced' },
    confirmed: { verdict: 'replay', reply: forcedAfter('confirmed', true), leaves: 'confirmed' },
    cancelling: { verdict: 'force', reply: forcedAfter('cancelling'), leaves: 'forced' },
    cancelled: { verdict: 'replay', reply: forcedAfter('cancelled', true), leaves: 'cancelled' },
    forced: { verdict: 'replay', reply: forcedAfter('tried'), leaves: 'forced' },
  },
};

const cells = Object.entries(EXPECTED).flatMap(([operation, row]) =>
  Object.entries(row).map(([state, cell]) => ({
    operation: operation as Operation,
    state: state as FenceState | 'absent',
    cell,
  })),
);

/** A branch whose fence stands in the state. */
async function branchIn(state: FenceState | 'absent'): Promise<TestBranch<typeof ReserveOneByOne>> {
  const branch = new TestBranch(ReserveOneByOne);
  if (state === 'absent') return branch;
  const answer = state === 'refused' ? refusal : reservation;
  const note = state === 'forced' ? { fence: 'tried', settled: false, evidence: '' } : null;
  await stock.dataSource.query(
    `insert into holdfast_fence (xid, branch_id, resource, state, answer, forced)
     values ($1, $2, $3, $4, $5, nullif($6::jsonb, 'null'))`,
    [
      ...[branch.xid, branch.branchId, ReserveOneByOne.resource, state],
      ...[JSON.stringify(answer), JSON.stringify(note)],
    ],
  );
  // What was tried is frozen.
  await stock.dataSource.query(
    `update stock set available = available - 1, frozen = frozen + 1 where sku = 'TEAPOT'`,
  );
  return branch;
}

const commandOf = (branch: TestBranch<typeof ReserveOneByOne>, operation: Operation): Command =>
  operation === 'try'
    ? branch.try(reservation)
    : operation === 'force'
      ? branch.force('cancel')
      : branch[operation]();

test.each(cells)('fence: $operation on $state is $cell.verdict', async ({ operation, state, cell }) => {
  expect(VERDICTS[operation][state]).toBe(cell.verdict);
  const branch = await branchIn(state);
  const command = commandOf(branch, operation);
  const [reply] = await driver.deliver(command);
  const { xid, branchId, attempt } = command;
  expect(reply).toMatchObject({ xid, branchId, attempt, ...cell.reply });
  expect((await fenceOf(stock.dataSource, branch))?.state ?? 'absent').toBe(cell.leaves);
  expect(await movementsOf(stock.dataSource, branch.xid)).toEqual(cell.runs ? [operation] : []);
});
