import { expect, test } from '@jest/globals';
import { describeKafka } from '@holdfast/testing';
import { uniqueName } from '../bus-samples.suite.js';
import { KafkaBus } from './kafka-bus.js';
import { countConsumers, findTopics } from './kafka-survey.js';
import { createTopics } from './kafka-topics.js';

describeKafka('a survey of a Kafka', (addresses) => {
  const connection = { brokers: addresses.split(','), clientId: 'survey-spec', log: () => undefined };

  test('tells how topics stand, and leaves out those that are missing', async () => {
    const topic = {
      topic: uniqueName('survey'),
      partitions: 3,
      retentionMs: 3_600_000,
      replicationFactor: 1,
    };
    await createTopics(connection, [topic]);
    expect(await findTopics(connection, [uniqueName('none'), topic.topic])).toEqual([topic]);
    expect(await findTopics(connection, [uniqueName('none')])).toEqual([]);
  });

  test('counts the consumers of each group, none of one that never was', async () => {
    const topic = uniqueName('survey');
    const [group, never] = [uniqueName('group'), uniqueName('never')];
    await createTopics(connection, [{ topic, partitions: 1, retentionMs: 60_000, replicationFactor: 1 }]);
    const bus = new KafkaBus(connection);
    await bus.subscribe({ group, topics: [topic], decode: () => 0, handle: async () => undefined });
    expect(await countConsumers(connection, [group, never])).toEqual(
      new Map([
        [group, 1],
        [never, 0],
      ]),
    );
    await bus.close();
  });
});
