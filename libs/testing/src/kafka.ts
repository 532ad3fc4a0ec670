import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { joinGroupOnce } from './kafka-group.js';
import type { KafkaInstall } from './kafka-install.js';
import { claimPort, freePort } from './ports.js';
import { startProgram, whenReady, type Program } from './program.js';
import { guardPath } from './reaper.js';

const READY_TIMEOUT_MS = 90_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface KafkaOptions {
  readonly install: KafkaInstall;
  /** Holds the broker's settings and data; made where there is none. */
  readonly dir: string;
  readonly logFile: string;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** Gives the start up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** A running Kafka of one node on 127.0.0.1. */
export interface Kafka extends Program {
  readonly port: number;
  /** For `KAFKA_BROKERS`. */
  readonly brokers: string;
}

/** Starts a broker on a folder, also on one whose last broker was killed. Resolves when groups can be joined. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const { install, logFile, signal } = options;
  const dir = resolve(options.dir);
  const port = await claimPort('Kafka', options.port);
  const dataDir = join(dir, 'data');
  const settingsFile = join(dir, 'server.properties');
  await mkdir(dataDir, { recursive: true });
  await writeFile(settingsFile, serverProperties(port, await freePort(), dataDir));
  if (!existsSync(join(dataDir, 'meta.properties'))) await format(install, settingsFile, logFile);

  const archive = classArchive(install);
  // A broker that lives for minutes beside its clients: the optimising compiler would take more CPU than it gives back.
  const java = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  const program = await startProgram({
    command: install.java,
    args: [
      ...java,
      ...archive.flags,
      '-Dlog4j2.level=WARN',
      '-cp',
      install.classPath,
      'kafka.Kafka',
      settingsFile,
    ],
    logFile,
    graceMs: 20_000,
  });
  let wasReady = false;
  const archived = program.exited.then(() => archive.settle(wasReady));
  const brokers = `127.0.0.1:${port}`;
  const isReady = () => joinGroupOnce([brokers], PROBE_TIMEOUT_MS).then(() => true);
  await whenReady(program, { name: 'Kafka', isReady, timeoutMs: READY_TIMEOUT_MS, signal });
  wasReady = true;
  const stop = async (): Promise<void> => {
    await program.stop();
    await archived;
  };
  return { ...program, stop, port, brokers };
}

async function format(install: KafkaInstall, settingsFile: string, logFile: string): Promise<void> {
  const archive = existsSync(install.classArchive) ? [`-XX:SharedArchiveFile=${install.classArchive}`] : [];
  const java = [
    '-Xmx128m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...archive,
    '-cp',
    install.classPath,
  ];
  // In one word: an id may begin with "-".
  const clusterId = randomBytes(16).toString('base64url');
  const tool = await startProgram({
    command: install.java,
    args: [...java, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', settingsFile],
    logFile,
  });
  const { code } = await tool.exited;
  if (code !== 0) throw new Error(`Kafka could not format its data folder:\n${await tool.lastWords()}`);
}

interface ClassArchive {
  readonly flags: readonly string[];
  /** Keeps what a broker that was ready wrote when it stopped. */
  readonly settle: (wasReady: boolean) => Promise<void>;
}

/**
 * Java's class data sharing halves the time of a start. The first broker that stops in order writes the archive, into
 * a draft that gets its name only when it is whole.
 */
function classArchive({ classArchive: file }: KafkaInstall): ClassArchive {
  if (existsSync(file)) return { flags: [`-XX:SharedArchiveFile=${file}`], settle: async () => undefined };
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  const release = guardPath(draft);
  const settle = async (wasReady: boolean): Promise<void> => {
    if (wasReady && existsSync(draft)) await rename(draft, file);
    await rm(draft, { force: true });
    release();
  };
  return { flags: [`-XX:ArchiveClassesAtExit=${draft}`], settle };
}

function serverProperties(port: number, controllerPort: number, dataDir: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Named here and not in the log of the quorum, so that each start can take another port.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `BROKER://127.0.0.1:${port}`,
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    // A killed broker's session has to end before its successor is let in.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  return lines.join('');
}
