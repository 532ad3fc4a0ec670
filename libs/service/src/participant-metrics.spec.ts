import { expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Registry } from 'prom-client';
import { participantMetrics } from './participant-metrics.js';

test('what a participant does is counted by resource, and no label is an identifier', async () => {
  const registry = new Registry();
  const metrics = participantMetrics(registry, {
    query: async <T>() => [{ resource: 'stock.reserve', seconds: 700 }] as T,
  });
  metrics.verdict('try', 'stock.reserve', 'run', 3);
  metrics.answered('try', 'stock.reserve', 'tried', 3);
  metrics.failed('confirm', 'stock.reserve', 'HANDLER_FAILED');
  metrics.attempted('try', 'stock.reserve', 30);
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('holdfast_fence_total{resource="stock.reserve",verdict="run"} 3');
  expect(lines).toContain('holdfast_frozen_age_seconds{resource="stock.reserve"} 700');
  expect(lines).toContain('holdfast_collector_success{collector="frozen_age"} 1');
  const attempts = 'holdfast_branch_attempts_total{resource="stock.reserve"';
  expect(lines).toContain(`${attempts},operation="try",outcome="tried"} 3`);
  expect(lines).toContain(`${attempts},operation="confirm",outcome="failed"} 1`);
  expect(lines).toContain(
    'holdfast_branch_attempt_seconds_bucket{le="0.05",resource="stock.reserve",operation="try"} 1',
  );
});

test('so is what it does for its fence, and what goes wrong', async () => {
  const registry = new Registry();
  const metrics = participantMetrics(registry, { query: async <T>() => [] as T });
  metrics.batch(3);
  metrics.committed(4);
  metrics.dropped('confirm', 'stock.reserve');
  metrics.failed('confirm', 'stock.reserve', 'DISK_FULL');
  metrics.databaseAway();
  metrics.inquired(2);
  metrics.forgotten();
  metrics.cleaned(7);
  metrics.sweepFailed();
  const lines = (await registry.metrics()).split('\n');
  const told = lines.filter((line) => line.startsWith('holdfast_participant') && !line.includes('_bucket'));
  expect(told.map((line) => line.replace('holdfast_participant_', ''))).toEqual([
    'batch_commands_sum 3',
    'batch_commands_count 1',
    'commit_statements_sum 4',
    'commit_statements_count 1',
    'failures_total{operation="confirm",resource="stock.reserve",code="DISK_FULL"} 1',
    'dropped_total{operation="confirm",resource="stock.reserve"} 1',
    'database_away_total 1',
    'inquiries_total 2',
    'forgotten_total 1',
    'cleaned_total 7',
    'sweep_failures_total 1',
  ]);
});

test('what cannot be read is missing, the same scrape says so, and so does the log, once', async () => {
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  Logger.overrideLogger({ log: say, warn: say, error: say });
  const registry = new Registry();
  let fails = false;
  participantMetrics(registry, {
    query: async <T>() => {
      if (fails) throw new Error('permission denied for table holdfast_fence');
      return [{ resource: 'stock.reserve', seconds: 700 }] as T;
    },
  });
  const scrape = async () =>
    (await registry.metrics()).split('\n').filter((line) => /^holdfast_(frozen|collector)/.test(line));
  expect(await scrape()).toHaveLength(2);
  fails = true;
  expect(await scrape()).toEqual(['holdfast_collector_success{collector="frozen_age"} 0']);
  await scrape();
  fails = false;
  expect(await scrape()).toHaveLength(2);
  expect(said).toEqual([
    'What is frozen, and for how long, cannot be read: permission denied for table holdfast_fence',
    'What is frozen can be read again',
  ]);
});
