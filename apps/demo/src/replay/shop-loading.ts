import { PAGE_ROWS_MAX } from '@holdfast/shop';
import { until } from '@holdfast/testing';
import type { ShopService } from '../stack/stack-plan.js';
import type { HttpAnswer, HttpCalls } from './http-calls.js';
import type { OpeningBooks } from './opening-books.js';

/** How long one page may take, with what has to be started again meanwhile. */
const PAGE_MS_MAX = 120_000;
const PAUSE_MS = 250;

/** Puts the opening books into the services. Every page sets what it holds, so repeating one changes nothing. */
export async function loadShop(
  books: OpeningBooks,
  services: Readonly<Record<ShopService, string>>,
  http: HttpCalls,
  signal: AbortSignal,
): Promise<void> {
  const load = (url: string, rows: readonly object[]) => loadPages(url, rows, http, signal);
  const loadCoupons = async () => {
    await load(`${services.coupon}/v1/coupons`, books.coupons);
    await load(`${services.coupon}/v1/grants`, books.grants);
  };
  await Promise.all([
    load(`${services.order}/v1/customers`, books.customers),
    load(`${services.inventory}/v1/stock`, books.stock),
    load(`${services.payment}/v1/wallets`, books.wallets),
    loadCoupons(),
  ]);
}

async function loadPages(
  url: string,
  rows: readonly object[],
  http: HttpCalls,
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < rows.length; from += PAGE_ROWS_MAX) {
    const items = rows.slice(from, from + PAGE_ROWS_MAX);
    const put = async (): Promise<HttpAnswer | undefined> => {
      const answer = await http.call({ method: 'PUT', url, body: { items } });
      return answer.status < 500 ? answer : undefined;
    };
    const { status, body } = await until(() => (signal.aborted ? NOT_SENT : put()), {
      what: `${url} to take a page of ${items.length} rows`,
      timeoutMs: PAGE_MS_MAX,
      intervalMs: PAUSE_MS,
    });
    signal.throwIfAborted();
    if (status >= 300) throw new Error(`${url} answered ${status}: ${JSON.stringify(body)}`);
  }
}

const NOT_SENT: HttpAnswer = { status: 0, body: undefined };
