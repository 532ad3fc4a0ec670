import kafkajs from 'kafkajs';

const { Kafka, logLevel } = kafkajs;

/** Counts the records that topics have taken so far, by their ends. */
export class TopicCounters {
  private constructor(
    private readonly admin: kafkajs.Admin,
    private readonly topics: readonly string[],
  ) {}

  /** @param prefix what the names of the topics begin with. */
  static async open(brokers: string, prefix: string): Promise<TopicCounters> {
    const kafka = new Kafka({
      clientId: 'holdfast-bench',
      brokers: brokers.split(','),
      logLevel: logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    return new TopicCounters(admin, topics);
  }

  async read(): Promise<number> {
    const ends = await Promise.all(this.topics.map((topic) => this.admin.fetchTopicOffsets(topic)));
    return ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
  }

  async close(): Promise<void> {
    await this.admin.disconnect();
  }
}
