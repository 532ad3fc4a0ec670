import { TccClient } from '@holdfast/client';
import { FreezePayment, ReserveStock } from '@holdfast/shop';
import { readStackFile } from '@holdfast/testing';
import type { Replay } from '../demo-command.js';
import { HttpCalls } from '../replay/http-calls.js';
import { loadShop } from '../replay/shop-loading.js';
import { SHOP_CURRENCY } from '../shop/shop.js';
import type { HangingService } from './hanging-service.js';
import type { ShopService } from '../stack/stack-plan.js';

const SKU = 'TEA';
const CUSTOMER = 'ada';
const PRICE_MINOR = 450;
const CONNECTIONS = 2;

export interface HangOptions {
  /** Who hangs. */
  readonly hang: HangingService;
  /** Where the stack says what runs. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/**
 * Instead of a replay: one checkout whose Tries succeed, and whose decision one service never hears of, since its
 * process is stopped (SIGSTOP) between the two. It holds what it froze, as any process that hangs would.
 */
export function hungCheckout({ hang, folder, say }: HangOptions): Replay {
  return async ({ stack, signal }) => {
    if (stack.bus === 'memory')
      throw new Error('--hang needs Kafka: on the memory bus all services are one process.');
    const [coordinator = ''] = stack.coordinators;
    await loadTea(stack.services, signal);
    const client = new TccClient({ url: coordinator });
    const pid = processOf(hang, folder);
    try {
      const { xid } = await client.run({ name: 'checkout', reference: 'hung' }, async (t) => {
        await t.try(ReserveStock, { lines: [{ sku: SKU, quantity: 1 }] });
        await t.try(FreezePayment, {
          customerId: CUSTOMER,
          currency: SHOP_CURRENCY,
          amountMinor: PRICE_MINOR,
        });
        process.kill(pid, 'SIGSTOP');
      });
      for (const line of whatToType({ xid, hang, pid, coordinator })) say(line);
      return true;
    } finally {
      await client.close();
    }
  };
}

async function loadTea(services: Readonly<Record<ShopService, string>>, signal: AbortSignal): Promise<void> {
  const http = new HttpCalls(CONNECTIONS);
  try {
    const books = {
      ...{ customers: [], coupons: [], grants: [] },
      stock: [{ sku: SKU, available: 10 }],
      wallets: [{ customerId: CUSTOMER, currency: SHOP_CURRENCY, availableMinor: 10_000 }],
    };
    await loadShop(books, services, http, signal);
  } finally {
    await http.destroy();
  }
}

function processOf(name: string, folder: string): number {
  const pid = readStackFile(folder)?.processes.find((each) => each.name === name)?.pid;
  if (pid === undefined || pid === null) throw new Error(`${name} does not run.`);
  return pid;
}

interface Hung {
  readonly xid: string;
  readonly hang: HangingService;
  readonly pid: number;
  readonly coordinator: string;
}

function whatToType({ xid, hang, pid, coordinator }: Hung): string[] {
  return [
    `Checkout ${xid}: all have said yes, the decision is to confirm, and ${hang} (pid ${pid}) hangs.`,
    'Within seconds it is marked as hung. Find out why, and end it, in another terminal:',
    '',
    `  export HOLDFAST_URL=${coordinator}`,
    '  npx holdfast stuck                        # what hangs',
    `  npx holdfast tx explain ${xid}   # why, what happens next, and the runbook`,
    '  npx holdfast frozen                       # what is held meanwhile',
    `  npm run stack -- restart ${hang}          # what the runbook comes to here`,
    `  npx holdfast tx watch ${xid}     # until it has ended`,
    '',
  ];
}
