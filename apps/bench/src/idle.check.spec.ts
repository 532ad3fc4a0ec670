import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeKafka } from '@holdfast/testing';
import { benchStack, type BenchStack } from './bench-stack.js';
import { cpuSecondsOf, residentMiBOf } from './usage/process-usage.js';

/** What services cost that have nothing to do: `npm run check:idle`, not part of `npm test` since it measures. */
const SERVICES = ['coordinator', 'order', 'inventory', 'coupon', 'payment'];
const CORE_SHARE_MAX = 0.03;
const COORDINATOR_MIB_MAX = 150;
/** Until Node is done with what the start left behind: its compiler has work for five minutes where little runs. */
const SETTLE_MS = 330_000;
const WINDOW_MS = 60_000;
const TEST_MS_MAX = 600_000;

let stack: BenchStack;

describeKafka('while nothing is to be done', () => {
  beforeAll(async () => {
    stack = await benchStack({
      equalParticipants: false,
      say: (line) => void process.stderr.write(`${line}\n`),
    });
  }, TEST_MS_MAX);

  afterAll(() => stack?.stop(), TEST_MS_MAX);

  test(
    'a coordinator and the four services take little of a core',
    async () => {
      const services = stack.sources.processes.filter(({ name }) => SERVICES.includes(name));
      await delay(SETTLE_MS);
      const before = cpuSecondsOf(services);
      const startedAt = performance.now();
      await delay(WINDOW_MS);
      const seconds = (performance.now() - startedAt) / 1_000;
      const after = cpuSecondsOf(services);
      const shares = services.map(({ name }) => {
        const [from, to] = [before[name] as number, after[name] as number];
        return { name, share: (to - from) / seconds };
      });
      const total = shares.reduce((sum, { share }) => sum + share, 0);
      const coordinatorMiB = residentMiBOf(services)['coordinator'] as number;
      const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
      console.log(
        `${percent(total)} of a core: ${shares.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')}; ` +
          `the coordinator has ${coordinatorMiB.toFixed(0)} MiB.`,
      );
      expect(services).toHaveLength(SERVICES.length);
      expect(total).toBeLessThan(CORE_SHARE_MAX);
      expect(coordinatorMiB).toBeLessThan(COORDINATOR_MIB_MAX);
    },
    TEST_MS_MAX,
  );
});
