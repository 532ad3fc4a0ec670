import { defineBranch } from '@holdfast/protocol';
import { z } from 'zod';
import { branch } from './branch-call.js';
import { FakeCoordinator } from './fake-coordinator.suite.js';
import { ManualClock } from './manual-clock.suite.js';
import { TccClient } from './tcc-client.js';

export const CreateOrder = defineBranch({
  resource: 'order.create',
  participant: 'order',
  input: z.object({ customer: z.string() }),
  reservation: z.object({ orderNo: z.string() }),
});
export const ReserveStock = defineBranch({
  resource: 'inventory.reserve',
  participant: 'inventory',
  input: z.object({ orderNo: z.string(), quantity: z.int().default(1) }),
  reservation: z.object({ reservationId: z.string() }),
});

export const order = () => branch(CreateOrder, { customer: 'c-1' });
export const stock = () => branch(ReserveStock, { orderNo: 'A-1' });

/** What the participants answer where a spec says nothing else. */
export const YES = { tried: { orderNo: 'A-1', reservationId: 'r-1' } };
export const SOLD_OUT = { code: 'OUT_OF_STOCK', message: 'no 85123A left' };

export interface Setup {
  readonly fake: FakeCoordinator;
  readonly tcc: TccClient;
  readonly clock: ManualClock;
  tearDown(): Promise<void>;
}

/** A client of a fake coordinator, whose pauses between repeats take no time. */
export async function setUp(): Promise<Setup> {
  const fake = await FakeCoordinator.start();
  fake.answer = () => YES;
  const clock = new ManualClock();
  const tcc = new TccClient({ url: fake.url }, clock);
  const tearDown = async () => {
    await fake.stop();
    await tcc.close();
  };
  return { fake, tcc, clock, tearDown };
}
