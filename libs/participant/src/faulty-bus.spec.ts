import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { decode, encode, topics, type Command, type Reply } from '@holdfast/protocol';
import { TestBranch, until } from '@holdfast/testing';
import { HoldfastParticipant } from './participant.js';
import { StockTest, times } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  fenceOf,
  stockOf,
} from './stock.suite.js';

const BRANCHES = 60;
const commandTopic = topics().command('stock');
const replyTopic = topics().reply;

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

/** A coordinator as careless as can be: it settles each branch some time after its Try, told or not, and repeats. */
class CarelessCoordinator {
  readonly outcomes = new Map<string, Set<string>>();

  constructor(private readonly bus: MemoryBus) {}

  async listen(): Promise<void> {
    await this.bus.subscribe<Reply | undefined>({
      group: 'coordinator',
      topics: [replyTopic],
      decode: ({ headers, value }) => {
        const message = decode(['holdfast.reply', 'holdfast.announcement'], headers, value);
        return message.type === 'holdfast.reply' ? message.body : undefined;
      },
      handle: async (batch) => batch.forEach(({ body }) => body && this.#take(body)),
    });
  }

  async send(commands: readonly Command[]): Promise<void> {
    await this.bus.publish(
      commands.map((command) => ({
        topic: commandTopic,
        ...encode('holdfast.command', command, command.xid),
      })),
    );
  }

  #take(reply: Reply): void {
    const known = this.outcomes.get(reply.xid) ?? new Set();
    this.outcomes.set(reply.xid, known.add(reply.outcome));
  }
}

describe.each([
  { form: 'one by one', definition: ReserveOneByOne },
  { form: 'in batches', definition: ReserveStock },
])('handlers $form', ({ definition }) => {
  test.each([1, 2, 3, 4, 5])(
    'I4, I5, I8: duplicates and any order leave one effect each (seed %i)',
    async (seed) => {
      const sku = await stock.newSku(1_000);
      const broker = new MemoryBroker({
        partitions: 4,
        faults: { seed, duplicate: 0.4, reorder: 0.5, reorderWithinKey: true },
      });
      const handlers = [new OneByOneHandler(), new BatchHandler()];
      const participants = times(2, () => {
        const bus = new MemoryBus(broker);
        return {
          bus,
          participant: new HoldfastParticipant(
            { participant: 'stock', bus, dataSource: stock.dataSource },
            handlers,
          ),
        };
      });
      for (const { participant } of participants) await participant.start();
      const bus = new MemoryBus(broker);
      const coordinator = new CarelessCoordinator(bus);
      await coordinator.listen();

      const branches = times(BRANCHES, () => new TestBranch(definition));
      // A third is confirmed, but only what was tried; a third is cancelled after its Try, a third beside it.
      await coordinator.send(
        branches.flatMap((branch, n) => [
          branch.try({ sku, quantity: 1 }),
          ...(n % 3 === 2 ? [branch.cancel()] : []),
        ]),
      );
      const answered = (outcomes: readonly string[], among: readonly TestBranch<typeof definition>[]) =>
        until(
          () =>
            among.every(({ xid }) => outcomes.some((outcome) => coordinator.outcomes.get(xid)?.has(outcome))),
          { what: outcomes.join() },
        );
      await answered(['tried', 'refused'], branches);
      await coordinator.send(
        branches.flatMap((branch, n) => (n % 3 === 0 ? [branch.confirm()] : [branch.cancel()])),
      );
      await answered(['confirmed', 'cancelled'], branches);
      await until(() => !broker.holdsBack(), { what: 'the last duplicates' });
      await Promise.all([...participants.map(({ participant }) => participant.stop()), bus.close()]);

      expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 980, frozen: 0, sold: 20 });
      for (const [n, branch] of branches.entries())
        expect(await fenceOf(stock.dataSource, branch)).toMatchObject({
          state: n % 3 === 0 ? 'confirmed' : 'cancelled',
        });
      const contradicted = [...coordinator.outcomes.values()].filter((outcomes) =>
        outcomes.has('contradiction'),
      );
      expect(contradicted).toEqual([]);
    },
  );
});
