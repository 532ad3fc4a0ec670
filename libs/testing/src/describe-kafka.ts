import { appendFileSync } from 'node:fs';

type Describe = (name: string, define: () => void) => void;

// Jest's own, looked up when it is called: this package is also imported where no Jest runs.
declare const describe: Describe & { readonly skip: Describe };

/**
 * A `describe` for tests that need a real broker. `define` gets the brokers of this test run, as in `KAFKA_BROKERS`.
 * Where there is none the tests are skipped, and the run's last lines count and name what was skipped.
 */
export function describeKafka(name: string, define: (brokers: string) => void): void {
  const brokers = process.env['HOLDFAST_TEST_KAFKA'];
  if (brokers !== undefined) return describe(name, () => define(brokers));
  const record = process.env['HOLDFAST_TEST_KAFKA_SKIPPED'];
  if (record !== undefined) appendFileSync(record, `${name}\n`);
  describe.skip(`${name} (needs Kafka)`, () => define(''));
}
