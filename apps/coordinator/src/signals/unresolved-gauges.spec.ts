import { expect, test } from '@jest/globals';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import type { UnresolvedGroup } from '@holdfast/store';
import { Registry } from 'prom-client';
import { LagGauge } from './lag-gauge.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

const LEASE_MS = 1_500;
const values = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('only the coordinator that speaks for all has series, and takes them back when it does not any more', async () => {
  const registry = new Registry();
  let answer: () => Promise<UnresolvedGroup[] | undefined> = async () => undefined;
  const gauges = new UnresolvedGauges({ read: () => answer() }, LEASE_MS, registry);
  await gauges.tick();
  expect([gauges.tells, await values(registry)]).toEqual([false, []]);

  const confirming = {
    phase: 'confirming',
    hung: null,
    count: 3,
    oldestSeconds: 70,
    overdueSeconds: 2,
  } as const;
  const hung = { ...confirming, hung: 'NO_REPLY', count: 2, oldestSeconds: 90 } as const;
  const trying = { phase: 'trying', hung: null, count: 1, oldestSeconds: 1, overdueSeconds: -4 } as const;
  answer = async () => [confirming, hung, trying];
  await untilTold(gauges, true);
  const told = await values(registry);
  expect(told).toContain('holdfast_transactions_unresolved{phase="confirming"} 5');
  expect(told).toContain('holdfast_transactions_unresolved{phase="cancelling"} 0');
  expect(told).toContain('holdfast_oldest_unresolved_age_seconds{phase="confirming"} 90');
  expect(told).toContain('holdfast_transactions_hung{code="NO_REPLY"} 2');
  expect(told).toContain('holdfast_transactions_hung{code="HANDLER_FAILING"} 0');
  expect(told).toContain('holdfast_sweeper_lag_seconds 2');

  answer = () => Promise.reject(new Error('away'));
  await untilTold(gauges, false);
  expect(await values(registry)).toEqual([]);
});

/** A reading is followed by a rest. */
async function untilTold(gauges: UnresolvedGauges, tells: boolean): Promise<void> {
  while (gauges.tells !== tells) await gauges.tick();
}

test('the lag of every group is told, and the dead letters that are kept', async () => {
  const registry = new Registry();
  const bus = new MemoryBus(new MemoryBroker());
  const names = topics();
  let tells = true;
  const gauge = new LagGauge(
    bus,
    names,
    () => ['stock'],
    () => tells,
    registry,
  );
  const message = { key: 'a', headers: {}, value: '1' };
  await bus.publish([
    { topic: names.command('stock'), ...message },
    { topic: names.command('stock'), ...message },
    { topic: `${names.reply}.dlq`, ...message },
  ]);
  await gauge.tick();
  expect(await values(registry)).toEqual([
    'holdfast_consumer_lag{topic="holdfast.reply"} 0',
    'holdfast_consumer_lag{topic="holdfast.reply.dlq"} 1',
    'holdfast_consumer_lag{topic="holdfast.cmd.stock"} 2',
    'holdfast_consumer_lag{topic="holdfast.cmd.stock.dlq"} 0',
  ]);
  tells = false;
  await gauge.tick();
  expect(await values(registry)).toEqual([]);
});
