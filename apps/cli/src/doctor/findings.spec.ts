import { expect, test } from '@jest/globals';
import { topics } from '@holdfast/protocol';
import { EXIT } from '../exit-code.js';
import { topicPlan } from '../setup/topic-plan.js';
import { consumerFinding, deadLetterFinding } from './consumer-findings.js';
import { clockFinding, durabilityFindings, schemaFinding } from './database-findings.js';
import { exitCodeOf, fault, ok, warning } from './finding.js';
import { topicFindings } from './topic-findings.js';

const plan = topicPlan(topics(), ['payment'], 3);

test('the exit code is that of the worst finding', () => {
  const [fine, doubtful, broken] = [ok('a', ''), warning('b', ''), fault('c', '')];
  expect(exitCodeOf([fine])).toBe(EXIT.ok);
  expect(exitCodeOf([fine, doubtful])).toBe(EXIT.partly);
  expect(exitCodeOf([broken, doubtful, fine])).toBe(EXIT.error);
});

test('topics that are as planned, or better, are fine', () => {
  const better = plan.map((topic) => ({ ...topic, partitions: topic.partitions + 1, retentionMs: -1 }));
  for (const found of [plan, better])
    expect(topicFindings(plan, found)).toMatchObject(
      [{ state: 'ok', sentence: /^All 5 topics/ }].map(matching),
    );
});

const matching = ({ state, sentence }: { state: string; sentence: RegExp }) => ({
  state,
  sentence: expect.stringMatching(sentence),
});

test('what is missing is a fault, and each difference a warning with what to do', () => {
  const found = plan
    .filter(({ topic }) => topic !== 'holdfast.event')
    .map((topic) =>
      topic.topic === 'holdfast.reply'
        ? { ...topic, partitions: 1, replicationFactor: 1, retentionMs: 60_000 }
        : topic,
    );
  expect(topicFindings(plan, found)).toEqual(
    [
      { state: 'fault', sentence: /no topic holdfast\.event: run "holdfast setup"/ },
      { state: 'warning', sentence: /^holdfast\.reply has 1 of 4 partitions.*add partitions/ },
      { state: 'warning', sentence: /^holdfast\.reply stands on 1 of 3 brokers: reassign/ },
      { state: 'warning', sentence: /^holdfast\.reply keeps messages for 60000 ms/ },
    ].map((finding) => ({ check: 'topics', ...matching(finding) })),
  );
});

test('a schema is older, newer or as it should be', () => {
  expect(schemaFinding({ pending: [], unknown: [] }).state).toBe('ok');
  expect(schemaFinding({ pending: ['B2'], unknown: [] })).toMatchObject({
    state: 'fault',
    sentence: 'The database is older than this version (B2): run "holdfast setup".',
  });
  expect(schemaFinding({ pending: ['B2'], unknown: ['C3'] })).toMatchObject({
    state: 'fault',
    sentence: 'The database is newer than this version (C3): use the newer version.',
  });
});

test('durability is told, also where a server is for tests only', () => {
  const sound = {
    ...{ fsync: 'on', fullPageWrites: 'on', synchronousCommit: 'on', synchronousStandbyNames: '*' },
    ...{ standbys: 2, forTestsOnly: false },
  };
  const states = (change: Partial<typeof sound>) =>
    durabilityFindings({ ...sound, ...change }).map(({ state }) => state);
  expect(states({})).toEqual(['ok']);
  expect(states({ fsync: 'off', synchronousStandbyNames: '' })).toEqual(['fault', 'warning']);
  expect(states({ fsync: 'off', forTestsOnly: true })).toEqual(['warning']);
});

test('clocks count as apart only if the quickest reading shows it beyond its own uncertainty', () => {
  const slow = { before: 0, database: 5_000, after: 9_000 };
  expect(clockFinding([slow, { before: 10_000, database: 10_030, after: 10_020 }])).toMatchObject({
    state: 'ok',
    sentence: "The database's clock is 20 ms ahead of this host's (±10 ms).",
  });
  expect(clockFinding([slow])).toMatchObject({ state: 'ok' });
  expect(clockFinding([{ before: 10_000, database: 8_990, after: 10_000 }])).toMatchObject({
    state: 'warning',
    sentence: expect.stringMatching(/1010 ms behind this host's: have both follow/),
  });
});

test('a topic that nobody reads is a fault, one that is far behind a warning', () => {
  const reader = { who: 'payment', topic: 'holdfast.cmd.payment', consumers: 2, lag: 1 };
  expect(consumerFinding(reader)).toMatchObject({
    state: 'ok',
    sentence: '2 read holdfast.cmd.payment, 1 message behind.',
  });
  expect(consumerFinding({ ...reader, lag: 1_001 })).toMatchObject({ state: 'warning' });
  expect(consumerFinding({ ...reader, consumers: 0, lag: 12 })).toMatchObject({
    state: 'fault',
    sentence: expect.stringMatching(
      /^Nobody reads holdfast\.cmd\.payment \(12 messages behind\): start payment/,
    ),
  });
});

test('dead letters are counted by topic', () => {
  expect(deadLetterFinding([{ topic: 'a.dlq', count: 0 }]).state).toBe('ok');
  expect(deadLetterFinding([{ topic: 'a.dlq', count: 2 }])).toMatchObject({
    state: 'warning',
    sentence: expect.stringContaining('2 on a.dlq'),
  });
});
