import type { Bus, Reader } from '@holdfast/bus';
import { deadLetterTopic } from '@holdfast/protocol';
import type { Topics } from '@holdfast/protocol';
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/**
 * How far the groups of consumers are behind, and how many dead letters are kept: nobody reads those, so all of them
 * count. Exported by the coordinator that speaks for the whole installation.
 */
export class LagGauge {
  private readonly gauge;
  private reading = false;

  /**
   * @param participants all that have announced themselves.
   * @param tells whether this coordinator speaks for the installation.
   */
  constructor(
    private readonly bus: Pick<Bus, 'lag'>,
    private readonly topics: Topics,
    private readonly participants: () => readonly string[],
    private readonly tells: () => boolean,
    registry: Registry,
  ) {
    this.gauge = new Gauge({
      name: 'holdfast_consumer_lag',
      help: 'Messages that the readers of a topic have not committed; of a topic of dead letters, all that it keeps.',
      labelNames: ['topic'],
      registers: [registry],
    });
  }

  async tick(): Promise<void> {
    if (this.reading) return;
    if (!this.tells()) return this.gauge.reset();
    this.reading = true;
    const readers = this.readers();
    try {
      const lags = await this.bus.lag(readers);
      this.gauge.reset();
      readers.forEach(({ topic }, at) => this.gauge.set({ topic }, lags[at] as number));
    } catch {
      // Kafka is away, which the bus says: nothing is known now.
      this.gauge.reset();
    } finally {
      this.reading = false;
    }
  }

  private readers(): Reader[] {
    const { reply, replyGroup } = this.topics;
    const read: Reader[] = [
      { group: replyGroup, topic: reply },
      ...this.participants().map((participant) => ({
        group: this.topics.commandGroup(participant),
        topic: this.topics.command(participant),
      })),
    ];
    return read.flatMap((reader) => [reader, { group: null, topic: deadLetterTopic(reader.topic) }]);
  }
}
