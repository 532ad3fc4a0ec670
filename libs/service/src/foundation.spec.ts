import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTopics } from '@holdfast/bus';
import { describeKafka, testDatabase, type TestDatabase } from '@holdfast/testing';
import { z } from 'zod';
import { busLog, openFoundation } from './foundation.js';
import { foundationSettings, readSettings } from './settings.js';

describeKafka('a service on a Kafka', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  test('does not start while one of its topics is missing, and says which and what to do; it closes Kafka before its database', async () => {
    const brokers = (process.env['HOLDFAST_TEST_KAFKA'] as string).split(',');
    const prefix = `foundation-${process.pid}-${Date.now()}`;
    const open = () =>
      openFoundation({
        service: 'shelf',
        settings: readSettings('shelf', z.object(foundationSettings), {
          ...{
            PORT: '0',
            DATABASE_URL: database.url,
            KAFKA_BROKERS: brokers.join(','),
            TOPIC_PREFIX: prefix,
          },
        }),
        migrations: [],
        topicsNeeded: (names) => [names.command('shelf'), names.reply],
        sharedBus: undefined,
      });
    const connection = { brokers, clientId: 'foundation-spec', log: busLog };
    const topic = (name: string) => ({
      topic: name,
      partitions: 1,
      retentionMs: 60_000,
      replicationFactor: 1,
    });
    await createTopics(connection, [topic(`${prefix}.reply`)]);
    await expect(open()).rejects.toThrow(`Kafka has no topic ${prefix}.cmd.shelf: create what shelf needs`);
    await createTopics(connection, [topic(`${prefix}.cmd.shelf`)]);
    const foundation = await open();
    const { bus, dataSource } = foundation;
    const destroy = dataSource.destroy.bind(dataSource);
    let busWasClosed: boolean | undefined;
    dataSource.destroy = async () => {
      busWasClosed = await bus.publish([]).then(
        () => false,
        () => true,
      );
      await destroy();
    };
    await foundation.close();
    // Handlers that still run write their answers: the database goes last.
    expect([busWasClosed, dataSource.isInitialized]).toEqual([true, false]);
  });
});
