import { Gauge, type Registry } from 'prom-client';
import type { DataSource } from 'typeorm';

/** Reads what the fence has listed as frozen past its deadline, a few rows, and no other. */
const OLDEST_FROZEN = `
  select fence.resource, extract(epoch from now() - min(fence.created_at))::float8 as seconds
    from holdfast_fence_overdue
    join holdfast_fence as fence using (xid, branch_id)
   where fence.state in ('trying', 'tried', 'confirming', 'cancelling')
   group by fence.resource`;

/** How long a participant has held what is frozen longest, by its own database; read when it is asked for. */
export function frozenAge(registry: Registry, dataSource: Pick<DataSource, 'query'>): void {
  new Gauge({
    name: 'holdfast_frozen_age_seconds',
    help: 'Age of the oldest branch that is still frozen although its deadline and grace have passed.',
    labelNames: ['resource'],
    registers: [registry],
    async collect() {
      try {
        const rows = await dataSource.query<{ resource: string; seconds: number }[]>(OLDEST_FROZEN);
        this.reset();
        for (const { resource, seconds } of rows) this.set({ resource }, seconds);
      } catch {
        // The database is away, which readiness says: nothing is known now.
        this.reset();
      }
    },
  });
}
