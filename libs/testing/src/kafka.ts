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

const COMPILE_SIMPLY = '-XX:TieredStopAtLevel=1';
/** After a fifth of the calls that Java waits for by itself, which a broker with few requests is long in getting. */
const COMPILE_SOON = '-XX:CompileThresholdScaling=0.2';

export interface KafkaOptions {
  readonly install: KafkaInstall;
  /** Holds the broker's settings and data; made where there is none. */
  readonly dir: string;
  readonly logFile: string;
  /** Default: a free one. */
  readonly port?: number | undefined;
  /** Gives the start up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly security?: KafkaSecurity | undefined;
  /**
   * Whether it runs for longer than some minutes. Java's optimising compiler then halves what a request costs; before
   * that it takes more CPU than it gives back.
   */
  readonly lasting?: boolean;
}

/** A second door, for those who prove who they are and may do no more than ACLs allow; the first one may do all. */
interface KafkaSecurity {
  /** A PEM file with the private key (PKCS 8) and the certificate, which is for 127.0.0.1. */
  readonly pemFile: string;
  /** Passwords by user name, for SCRAM-SHA-512. They are set when the folder is made. */
  readonly users: Readonly<Record<string, string>>;
}

/** A running Kafka of one node on 127.0.0.1. */
export interface Kafka extends Program {
  readonly port: number;
  /** For `KAFKA_BROKERS`. */
  readonly brokers: string;
  /** The second door, where there is one. */
  readonly securedBrokers: string | undefined;
}

/** Starts a broker on a folder, also on one whose last broker was killed. Resolves when groups can be joined. */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const { install, logFile, signal, security } = options;
  const dir = resolve(options.dir);
  const port = await claimPort('Kafka', options.port);
  const dataDir = join(dir, 'data');
  const settingsFile = join(dir, 'server.properties');
  await mkdir(dataDir, { recursive: true });
  const securedPort = security ? await freePort() : undefined;
  const ports = { port, controllerPort: await freePort(), securedPort };
  await writeFile(settingsFile, serverProperties(ports, dataDir, security));
  if (!existsSync(join(dataDir, 'meta.properties')))
    await format(install, settingsFile, logFile, security?.users ?? {});

  const archive = classArchive(install);
  const compiler = options.lasting ? COMPILE_SOON : COMPILE_SIMPLY;
  const java = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', compiler];
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
  const securedBrokers = securedPort === undefined ? undefined : `127.0.0.1:${securedPort}`;
  return { ...program, stop, port, brokers, securedBrokers };
}

async function format(
  install: KafkaInstall,
  settingsFile: string,
  logFile: string,
  users: KafkaSecurity['users'],
): Promise<void> {
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
  const logins = Object.entries(users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ]);
  const tool = await startProgram({
    command: install.java,
    args: [
      ...java,
      'kafka.tools.StorageTool',
      'format',
      `--cluster-id=${clusterId}`,
      '-c',
      settingsFile,
      ...logins,
    ],
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

interface Ports {
  readonly port: number;
  readonly controllerPort: number;
  readonly securedPort: number | undefined;
}

function serverProperties(
  { port, controllerPort, securedPort }: Ports,
  dataDir: string,
  security: KafkaSecurity | undefined,
): string {
  const secured = securedPort === undefined ? '' : `,SECURED://127.0.0.1:${securedPort}`;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    // Named here and not in the log of the quorum, so that each start can take another port.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}${secured}`,
    'advertised.listeners': `BROKER://127.0.0.1:${port}${secured}`,
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL',
    'log.dirs': dataDir,
    // A killed broker's session has to end before its successor is let in.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    // Two cores are shared with all the others: a request then wakes a thread that is warm, which costs a fifth less.
    'num.network.threads': 1,
    'num.io.threads': 1,
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
    ...(security && securityProperties(security)),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  return lines.join('');
}

function securityProperties({ pemFile }: KafkaSecurity) {
  return {
    'listener.name.secured.ssl.keystore.type': 'PEM',
    'listener.name.secured.ssl.keystore.location': pemFile,
    'listener.name.secured.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.secured.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  };
}
