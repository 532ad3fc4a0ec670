import { machineFrom } from './machine-usage.js';
import { cpuSecondsOf, residentMiBOf } from './process-usage.js';
import { costBetween, type Reading } from './usage.js';

function reading(seconds: number, done: number): Reading {
  return {
    at: new Date(seconds * 1_000),
    cpuSeconds: { coordinator: done / 100 },
    databases: {
      counts: new Map([['coordinator', { commits: done * 3, statements: done * 5 }]]),
      walBytes: done * 1_000,
    },
    records: done * 8,
    machine: { busySeconds: done / 50, stolenSeconds: 0, loadAverage: 1 },
  };
}

test('what transactions cost is the difference of two readings, for each of them', () => {
  expect(costBetween(reading(10, 400), reading(20, 1_400), 1_000, { coordinator: 50 })).toMatchObject({
    cpuSecondsPerThousand: { coordinator: 10 },
    residentMiB: { coordinator: 50 },
    statementsPerTransaction: { coordinator: 5 },
    commitsPerTransaction: { coordinator: 3 },
    walBytesPerTransaction: 1_000,
    recordsPerTransaction: 8,
  });
});

test('what other processes used is told', () => {
  const { quietness } = costBetween(reading(10, 0), reading(20, 1_000), 1_000, {});
  // The machine was busy for 20 s and the coordinator for 10 of them.
  expect(quietness.foreignShare).toBeGreaterThan(0);
});

test('without Kafka there are no records to count', () => {
  const without = (each: Reading): Reading => ({ ...each, records: null });
  const { recordsPerTransaction } = costBetween(without(reading(0, 0)), without(reading(1, 1)), 1, {});
  expect(recordsPerTransaction).toBeNull();
});

test('time stolen by the host is no work of this machine', () => {
  const text = 'cpu  100 0 200 5000 300 0 50 700 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
  expect(machineFrom(text)).toEqual({ busySeconds: 3.5, stolenSeconds: 7 });
});

test('this process uses CPU and memory', () => {
  const watched = [{ name: 'driver', pid: process.pid }];
  expect(cpuSecondsOf(watched)['driver']).toBeGreaterThan(0);
  expect(residentMiBOf(watched)['driver']).toBeGreaterThan(1);
});
