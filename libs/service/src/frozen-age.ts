import { Logger } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { inTime } from './in-time.js';

/** Reads what the fence has listed as frozen past its deadline, a few rows, and no other. */
const OLDEST_FROZEN = `
  select fence.resource, extract(epoch from now() - min(fence.created_at))::float8 as seconds
    from holdfast_fence_overdue
    join holdfast_fence as fence using (xid, branch_id)
   where fence.state in ('trying', 'tried', 'confirming', 'cancelling')
   group by fence.resource`;

/** A scrape waits no longer for it, in milliseconds. */
const READ_MS_MAX = 2_000;

/**
 * How long a participant has held what is frozen longest, by its own database; read when it is asked for. Where it can't
 * be read there is no age, which looks like nothing frozen: a series of its own says whether it could be.
 */
export class FrozenAge {
  private readonly logger = new Logger('FrozenAge');
  private readonly age;
  private readonly success;
  private reading: Promise<void> | undefined;
  private fails = false;

  constructor(
    registry: Registry,
    private readonly dataSource: Pick<DataSource, 'query'>,
  ) {
    // Both are asked for by one scrape, and share one reading.
    const common = { registers: [registry], collect: () => this.refresh() };
    this.age = new Gauge({
      name: 'holdfast_frozen_age_seconds',
      help: 'Age of the oldest branch that is still frozen although its deadline and grace have passed.',
      labelNames: ['resource'],
      ...common,
    });
    this.success = new Gauge({
      name: 'holdfast_collector_success',
      help: 'Whether what a scrape reads from the database could be read: 1, or 0 where its series are missing.',
      labelNames: ['collector'],
      ...common,
    });
  }

  private refresh(): Promise<void> {
    this.reading ??= this.read().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async read(): Promise<void> {
    type Rows = { resource: string; seconds: number }[];
    let rows: Rows = [];
    try {
      rows = await inTime(this.dataSource.query<Rows>(OLDEST_FROZEN), READ_MS_MAX);
      if (this.fails) this.logger.log('What is frozen can be read again');
      this.fails = false;
    } catch (error) {
      const { message, stack } = error as Error;
      if (!this.fails)
        this.logger.error(`What is frozen, and for how long, cannot be read: ${message}`, stack);
      this.fails = true;
    }
    this.age.reset();
    for (const { resource, seconds } of rows) this.age.set({ resource }, seconds);
    this.success.set({ collector: 'frozen_age' }, this.fails ? 0 : 1);
  }
}
