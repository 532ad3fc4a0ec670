import { expect, jest, test } from '@jest/globals';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import type { UnresolvedGroup } from '@holdfast/store';
import { until } from '@holdfast/testing';
import { Registry } from 'prom-client';
import type { EngineParts } from '../engine/engine-parts.js';
import { GaugeSchedule } from './gauge-schedule.js';
import { LagGauge } from './lag-gauge.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

const LEASE_MS = 1_500;
const values = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const known = { paused: new Set<string>(), withoutConsumer: new Set<string>() };
const group = (given: Partial<UnresolvedGroup>): UnresolvedGroup => ({
  ...{ phase: 'confirming', disputed: false, paused: false, hung: null },
  ...{ count: 1, oldestSeconds: 1, overdueSeconds: -4 },
  ...given,
});
const noReply = { code: 'NO_REPLY', participants: ['bank'] } as const;

test('only the coordinator that speaks for all has series, and takes them back when it does not any more', async () => {
  const registry = new Registry();
  let answer: () => Promise<UnresolvedGroup[] | undefined> = async () => undefined;
  const gauges = new UnresolvedGauges({ read: () => answer() }, LEASE_MS, known, registry);
  expect([await values(registry), gauges.tells]).toEqual([[], false]);

  answer = async () => [
    group({ count: 3, oldestSeconds: 70, overdueSeconds: 2 }),
    group({ count: 2, oldestSeconds: 90, hung: noReply }),
    group({ phase: 'trying' }),
  ];
  const told = await until(async () => (gauges.tells ? values(registry) : void gauges.refresh()), {
    what: 'the readings after the rest',
  });
  expect(told).toContain('holdfast_transactions_unresolved{phase="confirming"} 5');
  expect(told).toContain('holdfast_transactions_unresolved{phase="cancelling"} 0');
  expect(told).toContain('holdfast_oldest_unresolved_age_seconds{phase="confirming"} 90');
  expect(told).toContain('holdfast_transactions_hung{code="NO_REPLY"} 2');
  expect(told).toContain('holdfast_transactions_hung{code="HANDLER_FAILING"} 0');
  expect(told).toContain('holdfast_sweeper_lag_seconds 2');

  answer = () => Promise.reject(new Error('away'));
  await until(async () => (await values(registry)).length === 0, { what: 'the series to go' });
  expect(gauges.tells).toBe(false);
});

test('what hangs is counted under the code by which it is explained', async () => {
  const registry = new Registry();
  const groups = [
    group({ hung: noReply }),
    group({ hung: { code: 'NO_REPLY', participants: ['stock'] }, count: 2 }),
    group({ hung: { code: 'HANDLER_FAILING', participants: ['bank'] }, paused: true, count: 3 }),
    group({ disputed: true, count: 3 }),
    group({ phase: 'confirmed', disputed: true }),
  ];
  const read = async () => groups;
  new UnresolvedGauges({ read }, LEASE_MS, { ...known, withoutConsumer: new Set(['stock']) }, registry);
  const hung = (await values(registry)).filter((line) => line.startsWith('holdfast_transactions_hung'));
  expect(hung.map((line) => line.replace(/.*"(\w+)"\}/, '$1'))).toEqual([
    'CONTRADICTION 4',
    'PAUSED 3',
    'NO_CONSUMER 2',
    'HANDLER_FAILING 0',
    'NO_REPLY 1',
  ]);
});

test('whoever asks shares one reading, which may take a twentieth of the time at most', async () => {
  const registry = new Registry();
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  let readings = 0;
  const read = async () => {
    readings += 1;
    now += 20;
    return [];
  };
  new UnresolvedGauges({ read }, LEASE_MS, known, registry);
  await Promise.all([registry.metrics(), registry.metrics()]);
  now += 379;
  await registry.metrics();
  expect(readings).toBe(1);
  now += 1;
  await registry.metrics();
  expect(readings).toBe(2);
  clock.mockRestore();
});

test('the coordinator that speaks for all asks who reads commands, while something takes long', async () => {
  let asked = 0;
  const look = async () => void (asked += 1);
  const lag = { tick: async () => undefined } as LagGauge;
  const parts = { readers: { look } } as unknown as EngineParts;
  const rests = { refresh: async () => undefined };
  for (const findsSlow of [false, true]) {
    const gauges = { ...rests, findsSlow } as UnresolvedGauges;
    await new GaugeSchedule(gauges, lag, parts).lookForReaders();
  }
  expect(asked).toBe(1);
});

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
