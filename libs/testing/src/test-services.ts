import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka } from './kafka-source.js';
import { startKafka, type Kafka } from './kafka.js';
import { startPostgres, type Postgres } from './postgres.js';
import { guardPath } from './reaper.js';

/** What a test run needs besides Node: one PostgreSQL and, where it can be had, one Kafka, in a temporary folder. */
export interface TestServices {
  readonly postgres: Postgres;
  /** The brokers' addresses, or why there are none. */
  readonly kafka: { readonly brokers: string } | { readonly missing: string };
  /** A file into which test files write the names of what they skip. */
  readonly skippedFile: string;
  /** Stops both, removes the folder, and resolves with the names of what was skipped. */
  readonly stop: () => Promise<string[]>;
}

/** Starts them. If this process dies, or this rejects and the process exits, they end and the folder goes. */
export async function startTestServices(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<TestServices> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  await chmod(folder, 0o755);
  const release = guardPath(folder);
  const [postgres, kafka] = await Promise.all([
    startPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') }),
    startTestKafka(folder, env, say),
  ]);
  const skippedFile = join(folder, 'skipped');
  const stop = async (): Promise<string[]> => {
    await Promise.all([postgres.stop(), 'stop' in kafka && kafka.stop()]);
    const skipped = existsSync(skippedFile) ? (await readFile(skippedFile, 'utf8')).trim().split('\n') : [];
    await rm(folder, { recursive: true });
    release();
    return skipped;
  };
  return { postgres, kafka, skippedFile, stop };
}

async function startTestKafka(
  folder: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<Kafka | { brokers: string } | { missing: string }> {
  const source = await findKafka(env, say);
  switch (source.kind) {
    case 'running':
      return { brokers: source.brokers };
    case 'install':
      return startKafka({
        install: source.install,
        dir: join(folder, 'kafka'),
        logFile: join(folder, 'kafka.log'),
      });
    case 'none':
      if (env['HOLDFAST_REQUIRE_KAFKA'] === '1')
        throw new Error(`These tests require Kafka, and ${source.reason}.`);
      say(`Tests that need Kafka are skipped: ${source.reason}.`);
      return { missing: source.reason };
  }
}
