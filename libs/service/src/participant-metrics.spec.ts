import { expect, test } from '@jest/globals';
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
  const attempts = 'holdfast_branch_attempts_total{resource="stock.reserve"';
  expect(lines).toContain(`${attempts},operation="try",outcome="tried"} 3`);
  expect(lines).toContain(`${attempts},operation="confirm",outcome="failed"} 1`);
  expect(lines).toContain(
    'holdfast_branch_attempt_seconds_bucket{le="0.05",resource="stock.reserve",operation="try"} 1',
  );
});
