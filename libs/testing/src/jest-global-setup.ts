import { startTestServices, type TestServices } from './test-services.js';

declare global {
  /** From the global setup to the teardown, which Jest runs in the same process. */
  var holdfastTestServices: TestServices | undefined;
}

/** Starts what the tests need; the workers inherit the addresses in their environment. */
export default async function setup(): Promise<void> {
  const services = await startTestServices(process.env, (line) => console.log(line));
  globalThis.holdfastTestServices = services;
  process.env['HOLDFAST_TEST_POSTGRES'] = services.postgres.adminUrl;
  if ('brokers' in services.kafka) process.env['HOLDFAST_TEST_KAFKA'] = services.kafka.brokers;
  else process.env['HOLDFAST_TEST_KAFKA_SKIPPED'] = services.skippedFile;
}
