import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { installKafka, type KafkaInstall } from './kafka-install.js';
import { findKafka } from './kafka-source.js';
import { startKafka, type Kafka } from './kafka.js';
import { freePort, isPortFree } from './ports.js';
import { describeKafka } from './describe-kafka.js';

const { Kafka: KafkaClient, logLevel } = kafkajs;
const silent = (): void => undefined;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-kafka-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('looking for Kafka', () => {
  /** A PATH that holds only these commands, each a shell script. */
  async function pathWith(scripts: Record<string, string>): Promise<NodeJS.ProcessEnv> {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    }
    return { PATH: bin, HOLDFAST_CACHE: join(folder, 'cache') };
  }
  const java = (version: string): string => `echo 'openjdk version "${version}" 2025-01-01' >&2`;
  const mavenThatDownloads = `for arg; do case $arg in -DoutputDirectory=*) echo jar > "\${arg#*=}/kafka.jar";; esac; done`;

  test('HOLDFAST_KAFKA=off comes before everything', async () => {
    const env = { HOLDFAST_KAFKA: 'off', KAFKA_BROKERS: '127.0.0.1:1' };
    expect(await findKafka(env, silent)).toEqual({ kind: 'none', reason: 'HOLDFAST_KAFKA=off' });
  });

  test('KAFKA_BROKERS that do not answer are an error that says what to do, in bounded time', async () => {
    const env = { KAFKA_BROKERS: `127.0.0.1:${await freePort()}` };
    await expect(findKafka(env, silent)).rejects.toThrow(
      /No Kafka answers at KAFKA_BROKERS=.*unset KAFKA_BROKERS/,
    );
  });

  test('something that listens at KAFKA_BROKERS and is no Kafka is the same error', async () => {
    const server = createServer((socket) => socket.on('error', silent)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(findKafka({ KAFKA_BROKERS: `127.0.0.1:${port}` }, silent)).rejects.toThrow(
      'No Kafka answers',
    );
    server.close();
  });

  test('without Java there is none, and the reason says so', async () => {
    const env = await pathWith({});
    expect(await findKafka(env, silent)).toEqual({ kind: 'none', reason: 'there is no Java on the PATH' });
  });

  test('without Maven there is none, and the reason says so', async () => {
    const env = await pathWith({ java: java('21.0.1') });
    expect(await findKafka(env, silent)).toEqual({
      kind: 'none',
      reason: 'there is no Maven (mvn) on the PATH',
    });
  });

  test.each(['11.0.22', '1.8.0_392'])('Java %s is refused with what to do', async (version) => {
    const env = await pathWith({ java: java(version) });
    await expect(findKafka(env, silent)).rejects.toThrow(
      /needs Java 17 or later, and java is Java (11|8)\. Install/,
    );
  });

  test('a download that fails is told with the words of Maven and leaves no half of a cache', async () => {
    const env = await pathWith({
      java: java('17.0.1'),
      mvn: 'case "$*" in -v) ;; *) echo no route to repository; exit 1;; esac',
    });
    await expect(findKafka(env, silent)).rejects.toThrow('no route to repository');
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  test('of two that download at once both have a whole cache, and a third downloads nothing', async () => {
    const env = await pathWith({ java: java('17.0.1'), mvn: mavenThatDownloads });
    const installs = await Promise.all([installKafka(env, silent), installKafka(env, silent)]);
    const said: string[] = [];
    installs.push(await installKafka(env, (line) => said.push(line)));
    const [cached] = await readdir(join(folder, 'cache'));
    const classPath = join(folder, 'cache', cached as string, 'kafka.jar');
    expect(installs).toEqual(Array(3).fill(expect.objectContaining({ classPath })));
    expect(said).toEqual([]);
  });
});

describeKafka('a Kafka started here', () => {
  let install: KafkaInstall;
  let running: Kafka | undefined;

  beforeAll(async () => {
    const { KAFKA_BROKERS: _, ...env } = process.env;
    const found = await installKafka(env, silent);
    if ('missing' in found) throw new Error(found.missing);
    install = found;
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  async function start(port?: number): Promise<Kafka> {
    running = await startKafka({
      install,
      dir: folder,
      logFile: join(folder, 'kafka.log'),
      ...(port && { port }),
    });
    return running;
  }

  const client = ({ brokers }: Kafka) =>
    new KafkaClient({ brokers: [brokers], logLevel: logLevel.NOTHING, retry: { retries: 0 } });

  test('is ready for a group at once, and what it acknowledged survives kill -9', async () => {
    const first = await start();
    const topic = `test.${randomUUID()}`;
    await withClient(client(first).admin(), (admin) => admin.createTopics({ topics: [{ topic }] }));
    await withClient(client(first).producer(), (producer) =>
      producer.send({ topic, acks: -1, messages: [{ key: 'a', value: 'kept' }] }),
    );
    process.kill(first.pid, 'SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const second = await start(first.port);
    const consumer = client(second).consumer({ groupId: 'reader', retry: { retries: 0 } });
    const value = await withClient(consumer, async () => {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      return new Promise((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
        void consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) });
      });
    });
    expect(value).toBe('kept');
  }, 120_000);

  test('leaves no process and no port when it is stopped', async () => {
    const { port, stop, pid } = await start();
    await stop();
    expect(await isPortFree(port)).toBe(true);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  }, 120_000);

  test('names a port that is taken', async () => {
    const server = createServer().listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(start(port)).rejects.toThrow(`Port ${port}, on which Kafka should listen, is taken`);
    server.close();
  });
});

async function withClient<C extends { connect(): Promise<void>; disconnect(): Promise<void> }, T>(
  client: C,
  work: (client: C) => Promise<T>,
): Promise<T> {
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.disconnect();
  }
}
