import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { MemoryBus } from '@holdfast/bus';
import { topics } from '@holdfast/protocol';
import { participantMetrics } from '@holdfast/service';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { Admission } from '../admission/admission.js';
import { EndCounts } from '../admission/end-counts.js';
import { AdmissionMetrics } from './admission-metrics.js';
import { EngineMetrics } from './engine-metrics.js';
import { LagGauge } from './lag-gauge.js';
import { OperatorActions } from './operator-actions.js';
import { findPromtool } from './promtool.suite.js';
import { UnresolvedGauges } from './unresolved-gauges.js';

const docs = (path: string) => fileURLToPath(new URL(`../../../../docs/${path}`, import.meta.url));
const read = (path: string) => readFileSync(docs(path), 'utf8');
const alerts = read('monitoring/alerts.yaml');
/** Parts of a summary's series that are no metrics of ours. */
const OF_PROMETHEUS = ['up'];
const STUCK_CODES = [
  'BACKOFF',
  'HANDLER_FAILING',
  'NO_CONSUMER',
  'NO_REPLY',
  'COORDINATOR_LAG',
  'INITIATOR_LOST',
  'CONTRADICTION',
  'PAUSED',
  'COOLING_OFF',
];
/** Belongs to no alert and no code. */
const PROCEDURES = ['restore'];

/** Every series that the services export, by the name that a query uses. */
async function exportedNames(): Promise<Set<string>> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new EngineMetrics(registry, () => 0);
  const known = { paused: new Set<string>(), withoutConsumer: new Set<string>() };
  new UnresolvedGauges({ read: async () => undefined }, 1, known, registry);
  new LagGauge(
    new MemoryBus(),
    topics(),
    () => [],
    () => false,
    registry,
  );
  new AdmissionMetrics(registry, new Admission(1, new EndCounts()));
  new OperatorActions(registry);
  participantMetrics(registry, { query: async <T>() => [] as T });
  const metrics = await registry.getMetricsAsJSON();
  return new Set(
    metrics.flatMap(({ name, type }) =>
      String(type) === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

/** The metrics of a query: names that are neither functions, nor labels, nor parts of a matcher. */
function metricsOf(query: string): string[] {
  const bare = query
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replace(/\b(by|on|without)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/[a-z_][a-z0-9_]*(?!\w*\s*\()/gi)].map(([name]) => name).filter(isName);
}

const isName = (word: string) => word.includes('_') || OF_PROMETHEUS.includes(word);
const kebab = (name: string) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
const alertNames = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);

test('every query of the dashboard and of the alerts names an exported metric', async () => {
  const exported = await exportedNames();
  const { panels } = JSON.parse(read('monitoring/dashboard.json')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const queries = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...[...alerts.matchAll(/^\s+expr: (.+)$/gm)].map(([, query]) => query as string),
  ];
  expect(queries.length).toBeGreaterThan(20);
  for (const query of queries) {
    const names = metricsOf(query).filter((name) => !OF_PROMETHEUS.includes(name));
    if (!query.startsWith('up{')) expect(names).not.toEqual([]);
    for (const name of names) expect([...exported]).toContain(name);
  }
});

test('the page on monitoring lists every metric that it promises under the name that is exported', async () => {
  const exported = await exportedNames();
  const listed = [...read('monitoring/README.md').matchAll(/^\| `(holdfast_\w+)/gm)].map(
    ([, name]) => name as string,
  );
  expect(listed).toHaveLength(18);
  for (const name of listed) expect(exported.has(name) || exported.has(`${name}_count`)).toBe(true);
});

test('each alert and each code has its runbook, and each runbook its alert or code', () => {
  const pages = readdirSync(docs('runbooks'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.replace('.md', ''));
  const wanted = new Set([...alertNames, ...STUCK_CODES].map(kebab));
  expect(pages.filter((page) => !PROCEDURES.includes(page)).sort()).toEqual([...wanted].sort());
  for (const name of alertNames) expect(alerts).toContain(`runbook: docs/runbooks/${kebab(name)}.md`);
});

describe('promtool', () => {
  const promtool = findPromtool(process.env);
  const required = process.env['CI'] ?? process.env['HOLDFAST_REQUIRE_KAFKA'];
  const testRules = promtool === undefined && required === undefined ? test.skip : test;

  testRules('the alerts fire when they should, at a scrape interval of 5 s (needs promtool)', () => {
    const run = (...args: string[]) =>
      execFileSync(promtool as string, args, { cwd: docs('monitoring'), encoding: 'utf8' });
    expect(run('check', 'rules', 'alerts.yaml')).toContain('SUCCESS');
    expect(run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
    const tested = new Set(
      [...read('monitoring/alerts.test.yaml').matchAll(/alertname: (\w+)/g)].map(([, n]) => n),
    );
    expect([...tested].sort()).toEqual([...alertNames].sort());
  });
});
