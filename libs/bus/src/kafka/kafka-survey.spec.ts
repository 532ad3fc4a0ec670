import { expect, test } from '@jest/globals';
import { describeKafka } from '@holdfast/testing';
import { uniqueName } from '../bus-samples.suite.js';
import { findTopics } from './kafka-survey.js';
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
});
