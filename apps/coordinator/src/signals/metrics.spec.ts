import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { Registry } from 'prom-client';
import { CoordinatorUnderTest, agreeable } from '../coordinator-under-test.suite.js';
import { EngineMetrics } from './engine-metrics.js';

const coordinator = new CoordinatorUnderTest();
beforeAll(() => coordinator.start(['p']));
afterAll(() => coordinator.stop());

async function metrics(): Promise<string[]> {
  const { service } = coordinator.services[0] as (typeof coordinator.services)[0];
  return (await (await fetch(`${service.url}/metrics`)).text()).split('\n');
}

test('begins, ends, their durations and what operators do are counted, and no label is an identifier', async () => {
  const p = coordinator.participant('p');
  const more = { name: 'checkout', reference: 'order-4711' };
  const { xid } = (await coordinator.declare(['p'], '?wait=ended', more)).body;
  p.script = (command) =>
    command.operation === 'try'
      ? { outcome: 'refused', code: 'SOLD_OUT', message: 'none' }
      : agreeable(command);
  await coordinator.declare(['p'], '?wait=ended', more);
  p.script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));
  const open = (await coordinator.declare(['p'], '?wait=decided', more)).body.xid;
  const act = (id: string, action: string) =>
    coordinator.post(`/v1/transactions/${id}/actions/${action}`, { reason: 'a test' });
  await act(open, 'pause');
  // Turned down, so not done.
  expect((await act(xid, 'retry')).status).toBe(409);

  const expected = [
    'holdfast_transactions_started_total{name="checkout"} 3',
    'holdfast_transactions_finished_total{name="checkout",outcome="confirmed"} 1',
    'holdfast_transactions_finished_total{name="checkout",outcome="cancelled"} 1',
    'holdfast_transactions_duration_seconds_count{name="checkout",outcome="confirmed"} 1',
    'holdfast_operator_actions_total{action="pause"} 1',
    'holdfast_transactions_unresolved{phase="confirming"} 1',
    'holdfast_engine_held_transactions 1',
  ];
  const areTold = async () => {
    const lines = await metrics();
    return expected.every((line) => lines.includes(line));
  };
  await until(areTold, { what: expected.join(', ') });
  const lines = (await metrics()).filter((line) => line.startsWith('holdfast_'));
  expect(lines.filter((line) => /order-4711|action="retry"/.test(line) || line.includes(xid))).toEqual([]);
  const [seconds] = lines.flatMap(
    (line) => /^holdfast_transactions_duration_seconds_sum.*confirmed"} (.+)/.exec(line)?.[1] ?? [],
  );
  const { beganAt, endedAt } = (await coordinator.get(`/v1/transactions/${xid}`)).body;
  const tookMs = Date.parse(endedAt as string) - Date.parse(beganAt);
  expect(Math.round(Number(seconds) * 1000)).toBe(tookMs);
});

test('each failure is counted, and of a kind only the first of five seconds is logged', async () => {
  const written: string[] = [];
  const log = (message: string) => void written.push(message);
  Logger.overrideLogger({ log, warn: log, error: log });
  const registry = new Registry();
  const engine = new EngineMetrics(registry, () => 0);
  for (const what of ['no save', 'no save', 'no claim']) engine.failed(what, new Error('away'), 'an xid');
  Logger.overrideLogger(false);
  expect(written).toEqual(['no save: away', 'no claim: away']);
  expect(await registry.metrics()).toContain('holdfast_engine_failures_total 3\n');
});
