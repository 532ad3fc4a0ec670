import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { MemoryBus } from '@holdfast/bus';
import { decode, defineBranch, encode, topics, type Announcement } from '@holdfast/protocol';
import { TestBranch, newXid, testDatabase, until } from '@holdfast/testing';
import { HoldfastParticipantModule } from './participant-module.js';
import { HoldfastParticipant } from './participant.js';
import { SDK_VERSION } from './sdk-version.js';
import { StockTest, oneByOne } from './stock-test.suite.js';
import {
  BatchHandler,
  OneByOneHandler,
  ReserveOneByOne,
  ReserveStock,
  fenceOf,
  freeze,
  stockOf,
} from './stock.suite.js';
import { TccResource } from './tcc-resource.js';

const stock = new StockTest();
beforeAll(() => stock.open());
afterAll(() => stock.close());

describe('start', () => {
  test('it announces its resources, each with a schema that equal definitions hash alike', async () => {
    const bus = new MemoryBus();
    const participant = new HoldfastParticipant({ participant: 'stock', bus, dataSource: stock.dataSource }, [
      new BatchHandler(),
      new OneByOneHandler(),
    ]);
    expect(participant.ready()).toBe(false);
    await participant.start();
    expect(participant.ready()).toBe(true);
    const [message] = bus.broker.messages(topics().reply);
    const { body } = decode(['holdfast.announcement'], message?.headers ?? {}, message?.value ?? null);
    const inputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        sku: { type: 'string' },
        quantity: { type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      },
      required: ['sku', 'quantity'],
    };
    const schemaHash = createHash('sha256')
      .update(
        '{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"quantity":{"exclusiveMinimum":0,' +
          '"maximum":9007199254740991,"type":"integer"},"sku":{"type":"string"}},"required":["sku","quantity"],' +
          '"type":"object"}',
      )
      .digest('hex');
    const expected: Announcement = {
      v: 1,
      participant: 'stock',
      sdkVersion: SDK_VERSION,
      resources: [
        { resource: ReserveStock.resource, inputSchema, schemaHash },
        { resource: ReserveOneByOne.resource, inputSchema, schemaHash },
      ],
    };
    expect(body).toEqual(expected);
    await participant.stop();
    expect(participant.ready()).toBe(false);
  });

  test('what is announced as the SDK version is that of the package', () => {
    const { version } = JSON.parse(readFileSync('libs/participant/package.json', 'utf8')) as {
      version: string;
    };
    expect(SDK_VERSION).toBe(version);
  });

  test('without the fence table it refuses to start, and says what to do', async () => {
    const database = await testDatabase();
    const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    const participant = new HoldfastParticipant(
      { participant: 'stock', bus: new MemoryBus(), dataSource },
      [],
    );
    await expect(participant.start()).rejects.toThrow('add fenceMigrations');
    await dataSource.destroy();
    await database.drop();
  });

  test('a pool that is smaller than what it needs is named', async () => {
    const dataSource = await new DataSource({ type: 'postgres', url: stock.url, poolSize: 5 }).initialize();
    const participant = new HoldfastParticipant(
      { participant: 'stock', bus: new MemoryBus(), dataSource },
      [],
    );
    await expect(participant.start()).rejects.toThrow('poolSize is 5; a participant needs 6');
    await dataSource.destroy();
  });

  test('a database that may lose commits is refused', async () => {
    const extra = { options: '-c synchronous_commit=off' };
    const dataSource = await new DataSource({ type: 'postgres', url: stock.url, extra }).initialize();
    const participant = new HoldfastParticipant(
      { participant: 'stock', bus: new MemoryBus(), dataSource },
      [],
    );
    await expect(participant.start()).rejects.toThrow("won't do: synchronous_commit is off");
    await dataSource.destroy();
  });

  test('a handler of another participant, a second one, and one without a mark are mistakes', () => {
    const make = (participant: string, handlers: object[]) =>
      new HoldfastParticipant(
        { participant, bus: new MemoryBus(), dataSource: stock.dataSource },
        handlers as never,
      );
    expect(() => make('payment', [new BatchHandler()])).toThrow(
      'stock.reserve is a branch of stock, not of payment',
    );
    expect(() => make('stock', [new BatchHandler(), new BatchHandler()])).toThrow(
      'stock.reserve has two handlers',
    );
    expect(() => make('stock', [new (class Unmarked {})()])).toThrow('Unmarked handles no branch');
  });
});

describe('a Try of its own', () => {
  test('it is done once, under the same fence as the commands', async () => {
    const sku = await stock.newSku(10);
    const driver = await stock.start(new BatchHandler());
    const branch = new TestBranch(ReserveStock);
    const tryIt = () =>
      driver.participant.tryLocally(branch.xid, branch.branchId, ReserveStock, { sku, quantity: 2 });
    const answer = { outcome: 'tried', answer: { sku, quantity: 2 } };
    expect(await Promise.all([tryIt(), tryIt(), tryIt()])).toEqual([answer, answer, answer]);
    expect(await driver.deliver(branch.confirm())).toMatchObject([{ outcome: 'confirmed' }]);
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 8, frozen: 0, sold: 2 });
  });

  test('those that are called together share SQL transactions, and one that fails hurts only itself', async () => {
    const sku = await stock.newSku(1_000);
    const poison = new Error('poison');
    const driver = await stock.start(
      oneByOne({
        async try(ctx, input) {
          await freeze(ctx, input);
          if (input.quantity === 13) throw poison;
          return input;
        },
      }),
    );
    const before = stock.commits.length;
    const attempts = Array.from({ length: 101 }, (_, i) =>
      driver.participant.tryLocally(newXid(), '1', ReserveOneByOne, { sku, quantity: i === 50 ? 13 : 1 }),
    );
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(results[50]).toMatchObject({ status: 'rejected', reason: { cause: poison } });
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 900, frozen: 100, sold: 0 });
    expect(stock.commits.length - before).toBeLessThan(20);
  });

  test('I5: after the Cancel it is refused; so is one past its deadline, and what the handler refuses', async () => {
    const sku = await stock.newSku(1);
    const driver = await stock.start(new BatchHandler());
    const branch = new TestBranch(ReserveStock);
    await driver.deliver(branch.cancel());
    const { participant } = driver;
    const refusal = (code: string) => expect.objectContaining({ outcome: 'refused', code }) as unknown;
    const input = { sku, quantity: 1 };
    expect(await participant.tryLocally(branch.xid, '1', ReserveStock, input)).toEqual(refusal('SUSPENDED'));
    expect(await participant.tryLocally(newXid(), '1', ReserveStock, input, Date.now() - 9_000)).toEqual(
      refusal('DEADLINE_PASSED'),
    );
    expect(await participant.tryLocally(newXid(), '1', ReserveStock, { sku, quantity: 2 })).toEqual(
      refusal('OUT_OF_STOCK'),
    );
    expect(await participant.tryLocally(newXid(), '1', ReserveStock, { sku, quantity: 0 })).toEqual(
      refusal('INVALID_INPUT'),
    );
  });

  test('what its handler throws is thrown, and leaves nothing', async () => {
    const sku = await stock.newSku(10);
    const cause = new Error('no luck');
    const driver = await stock.start(
      oneByOne({
        async try(ctx, input) {
          await freeze(ctx, input);
          throw cause;
        },
      }),
    );
    const xid = newXid();
    const attempt = driver.participant.tryLocally(xid, '1', ReserveOneByOne, { sku, quantity: 2 });
    await expect(attempt).rejects.toThrow('HANDLER_FAILED: no luck');
    expect(await fenceOf(stock.dataSource, { xid, branchId: '1' })).toBeUndefined();
    expect(await stockOf(stock.dataSource, sku)).toEqual({ available: 10, frozen: 0, sold: 0 });
  });

  test('an xid that is none, and a branch without a handler, are mistakes', async () => {
    const { participant } = await stock.start(new BatchHandler());
    const input = { sku: 'X', quantity: 1 };
    await expect(participant.tryLocally('7', '1', ReserveStock, input)).rejects.toThrow('UUID of version 7');
    await expect(participant.tryLocally(newXid(), '1', ReserveOneByOne, input)).rejects.toThrow(
      'has no handler',
    );
  });
});

describe('in a Nest application', () => {
  const Note = defineBranch({
    resource: 'stock.note',
    participant: 'stock',
    input: z.object({ text: z.string().default('-') }),
    reservation: z.object({ text: z.string() }),
  });

  @Injectable()
  class Notebook {
    readonly notes: string[] = [];
  }

  @Module({ providers: [Notebook], exports: [Notebook] })
  class NotebookModule {}

  @TccResource(Note)
  @Injectable()
  class NoteHandler {
    constructor(private readonly notebook: Notebook) {}

    async try(_: object, { text }: { text: string }): Promise<{ text: string }> {
      this.notebook.notes.push(text);
      return { text };
    }

    async confirm(): Promise<void> {}

    async cancel(): Promise<void> {}
  }

  test('it takes part from when the application is up until it shuts down; handlers get what they inject', async () => {
    const bus = new MemoryBus();
    const application = await Test.createTestingModule({
      imports: [
        NotebookModule,
        HoldfastParticipantModule.forRootAsync({
          imports: [NotebookModule],
          useFactory: () => ({
            participant: 'stock',
            bus,
            dataSource: stock.dataSource,
            topicPrefix: 'other',
          }),
          handlers: [NoteHandler],
        }),
      ],
    }).compile();
    await application.init();
    const participant = application.get(HoldfastParticipant);
    expect(participant.ready()).toBe(true);

    const command = { ...new TestBranch(Note).try({}), replyPartition: 2 };
    const { reply } = topics('other');
    await bus.publish([
      {
        topic: topics('other').command('stock'),
        ...encode('holdfast.command', command, command.xid),
      },
    ]);
    const answers = () =>
      bus.broker.messages(reply).filter(({ headers }) => headers['ce_type'] === 'holdfast.reply');
    await until(() => answers().length === 1, { what: 'the reply' });
    expect(answers()[0]).toMatchObject({ key: command.xid, partition: 2 });
    expect(application.get(Notebook).notes).toEqual(['-']);

    await application.close();
    expect(participant.ready()).toBe(false);
  });
});
