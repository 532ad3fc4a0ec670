import {
  LIST_LIMIT_MAX,
  TransactionList,
  TransactionSummary,
  type TransactionListItem,
} from '@holdfast/protocol';
import { until } from '@holdfast/testing';
import type { HttpCalls } from './http-calls.js';

/** After the last answer: what a killed process left behind is taken up again within its retries' pauses. */
const ALL_ENDED_MS_MAX = 120_000;
const ONE_ENDED_MS_MAX = 30_000;
const PAUSE_MS = 100;
/** Between the clock of this process and that of the database. */
const CLOCK_SKEW_MS_MAX = 5_000;
const PATH = '/v1/transactions';

/** What the coordinator tells of the checkouts. */
export class CheckoutEndings {
  constructor(
    private readonly coordinatorUrl: string,
    private readonly http: HttpCalls,
    private readonly signal: AbortSignal,
  ) {}

  /** Waits until every branch has followed the decision; gives up in silence after a while. */
  async untilEnded(xid: string): Promise<void> {
    const hasEnded = async () => {
      if (this.signal.aborted) return true;
      const { endedAt } = TransactionSummary.parse(await this.get(`${PATH}/${xid}`));
      return endedAt !== null;
    };
    const options = { what: `${xid} to end`, timeoutMs: ONE_ENDED_MS_MAX, intervalMs: PAUSE_MS };
    await until(hasEnded, options).catch(() => undefined);
  }

  /** Waits until no checkout is left that has not ended, and resolves with how many are left when time is over. */
  async untilAllEnded(): Promise<number> {
    let left = NaN;
    const areEnded = async () => {
      if (this.signal.aborted) return true;
      left = (await this.list({})).length;
      return left === 0;
    };
    const options = { what: 'all to end', timeoutMs: ALL_ENDED_MS_MAX, intervalMs: PAUSE_MS };
    await until(areEnded, options).catch((error: unknown) => {
      if (Number.isNaN(left)) throw error;
    });
    return left;
  }

  /** Every checkout that has ended since then. */
  async endedSince(start: Date): Promise<TransactionListItem[]> {
    const window = {
      endedAfter: new Date(start.getTime() - CLOCK_SKEW_MS_MAX).toISOString(),
      endedBefore: new Date(Date.now() + CLOCK_SKEW_MS_MAX).toISOString(),
    };
    return until(() => this.list(window), { what: 'the list of checkouts that have ended' });
  }

  /** All pages. */
  private async list(filter: Readonly<Record<string, string>>): Promise<TransactionListItem[]> {
    const found: TransactionListItem[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ ...filter, name: 'checkout', limit: String(LIST_LIMIT_MAX) });
      if (cursor !== null) query.set('cursor', cursor);
      const page: TransactionList = TransactionList.parse(await this.get(`${PATH}?${query.toString()}`));
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return found;
  }

  private async get(path: string): Promise<unknown> {
    const { status, body } = await this.http.call({ method: 'GET', url: `${this.coordinatorUrl}${path}` });
    if (status !== 200) throw new Error(`the coordinator answered ${status} to ${path}`);
    return body;
  }
}
