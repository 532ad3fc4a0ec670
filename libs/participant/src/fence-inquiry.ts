import { FORMAT_VERSION, encode, topics, type Inquiry } from '@holdfast/protocol';
import type { SweepSettings } from './sweep-settings.js';
import { listFrozen, takeDue } from './overdue-rows.js';

/**
 * Asks the coordinators what was decided about branches that are still frozen past their deadlines. It releases
 * nothing: a coordinator that cannot be reached may have decided to confirm.
 */
export class FenceInquiry {
  constructor(private readonly settings: SweepSettings) {}

  /** Asks about one batch of those that are due. */
  async tick(): Promise<void> {
    const { participant, bus, dataSource, topicPrefix, graceMs, observer } = this.settings;
    await listFrozen(dataSource, graceMs);
    const rows = await takeDue(dataSource, graceMs);
    const [first] = rows;
    if (first === undefined) return;
    const branches = rows.map(({ xid, branchId, resource, fence }) => ({ xid, branchId, resource, fence }));
    const inquiry: Inquiry = { v: FORMAT_VERSION, participant, askedAt: first.askedAt, branches };
    await bus.publish([
      { topic: topics(topicPrefix).reply, ...encode('holdfast.inquiry', inquiry, participant) },
    ]);
    observer.inquired?.(rows.length);
  }
}
