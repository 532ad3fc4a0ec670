import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProgram, whenReady, type Program } from '@holdfast/testing';
import type { MeasureOptions, Measured } from '../../measure.js';
import type { Participants, Point } from '../../point.js';
import type { Watched } from '../../usage/process-usage.js';
import type { DtmPrograms } from './dtm-build.js';
import { drive } from './dtm-drive.js';

const run = promisify(execFile);

/** How DTM keeps its transactions. */
export interface DtmMode {
  readonly store: 'postgres' | 'redis always' | 'redis everysec';
  /** Whether the end of each branch is written before the next step; DTM's default is not to. */
  readonly branchSync: boolean;
}

/** What it runs beside. */
export interface DtmGround {
  readonly programs: DtmPrograms;
  /** Its databases are made on this server, the same as ours. */
  readonly postgres: { readonly adminUrl: string; readonly pid: number };
}

const STORE_NAMES: Readonly<Record<DtmMode['store'], string>> = {
  postgres: 'PostgreSQL',
  'redis always': 'Redis, fsync always',
  'redis everysec': 'Redis, fsync each second',
};

const START_MS_MAX = 30_000;
/** As many as it can use at the numbers in flight that suit it; as shipped 500, which PostgreSQL would not take. */
const STORE_CONNECTIONS = 64;
const PARTICIPANT_CONNECTIONS = 16;
const OWNERS = ['dtm', 'svc_order', 'svc_inventory', 'svc_coupon', 'svc_payment'];

/** DTM with four participants that do the same work as ours: each branch updates one row under its fence. */
export class DtmPeer {
  readonly #running: { readonly name: string; readonly program: Program }[] = [];
  #participants: Program | undefined;
  #ports: readonly number[] = [];
  #port = 0;
  #isEmpty: boolean | undefined;

  private constructor(
    private readonly ground: DtmGround,
    private readonly mode: DtmMode,
    private readonly folder: string,
  ) {}

  /** Makes its databases anew and starts it. */
  static async start(ground: DtmGround, mode: DtmMode): Promise<DtmPeer> {
    const peer = new DtmPeer(ground, mode, await mkdtemp(join(tmpdir(), 'holdfast-dtm-')));
    try {
      const { sqlFolder } = ground.programs;
      await peer.#setUp([
        ...['-create', '-dtm-schema', join(sqlFolder, 'dtmsvr.storage.postgres.sql')],
        ...['-barrier-schema', join(sqlFolder, 'dtmcli.barrier.postgres.sql')],
      ]);
      const redisPort = mode.store === 'postgres' ? undefined : await peer.#startRedis(mode.store);
      await peer.#startServer(redisPort);
      return peer;
    } catch (error) {
      await peer.stop();
      throw error;
    }
  }

  get system(): string {
    const { store, branchSync } = this.mode;
    return `DTM ${this.ground.programs.version} on ${STORE_NAMES[store]}${branchSync ? '' : ' (its default)'}`;
  }

  /** One closed loop, on tables as empty as at the start. */
  async measure(point: Point, { seconds, warmUpSeconds }: MeasureOptions): Promise<Measured> {
    if (point.load.kind === 'open') throw new Error('DTM is driven closed-loop only.');
    await this.#startParticipants(point.participants);
    await this.#setUp([]);
    const flags = [
      ...['-dtm', `http://127.0.0.1:${this.#port}/api/dtmsvr`, '-ports', this.#ports.join(',')],
      ...['-branches', String(point.branches), '-c', String(point.load.inFlight)],
      ...['-warm', `${warmUpSeconds}s`, '-dur', `${seconds}s`],
      ...(point.hot ? ['-hot'] : []),
    ];
    return drive([this.ground.programs.driver, 'drive', ...flags], this.#sources(), this.system, point);
  }

  /** What has to stand still while others are measured. */
  get pids(): number[] {
    const programs = this.#running.map(({ program }) => program);
    return [...programs, ...(this.#participants ? [this.#participants] : [])].map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    await this.#participants?.stop();
    for (const { program } of this.#running.toReversed()) await program.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #sources() {
    const { adminUrl, pid } = this.ground.postgres;
    const processes: Watched[] = [
      { name: 'postgres', pid },
      ...this.#running.map(({ name, program }) => ({ name, pid: program.pid })),
      ...(this.#participants ? [{ name: 'participants', pid: this.#participants.pid }] : []),
    ];
    const databases = Object.fromEntries(OWNERS.map((owner) => [owner, adminUrl.replace(/[^/]*$/, owner)]));
    return { processes, databases, kafka: undefined };
  }

  async #setUp(flags: readonly string[]): Promise<void> {
    await run(this.ground.programs.driver, ['setup', '-pg', this.ground.postgres.adminUrl, ...flags]);
  }

  async #startRedis(store: 'redis always' | 'redis everysec'): Promise<number> {
    const port = await freePort();
    await this.#start('redis', {
      command: 'redis-server',
      args: [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', this.folder],
        ...['--appendonly', 'yes', '--appendfsync', store === 'redis always' ? 'always' : 'everysec'],
        ...['--save', ''],
      ],
      isReady: () => accepts(port),
    });
    return port;
  }

  async #startServer(redisPort: number | undefined): Promise<void> {
    this.#port = await freePort();
    const postgresPort = new URL(this.ground.postgres.adminUrl).port;
    await this.#start('dtm', {
      command: this.ground.programs.server,
      args: [],
      env: {
        ...process.env,
        STORE_DRIVER: redisPort === undefined ? 'postgres' : 'redis',
        STORE_HOST: '127.0.0.1',
        STORE_PORT: String(redisPort ?? postgresPort),
        STORE_USER: redisPort === undefined ? 'postgres' : '',
        STORE_PASSWORD: redisPort === undefined ? 'unused' : '',
        STORE_DB: 'dtm',
        STORE_MAX_OPEN_CONNS: String(STORE_CONNECTIONS),
        STORE_MAX_IDLE_CONNS: String(STORE_CONNECTIONS),
        HTTP_PORT: String(this.#port),
        GRPC_PORT: String(await freePort()),
        UPDATE_BRANCH_SYNC: this.mode.branchSync ? '1' : '0',
        LOG_LEVEL: 'warn',
      },
      isReady: async () => (await fetch(`http://127.0.0.1:${this.#port}/api/ping`)).ok,
    });
  }

  async #startParticipants(participants: Participants): Promise<void> {
    const isEmpty = participants === 'nothing';
    if (this.#isEmpty === isEmpty) return;
    this.#isEmpty = isEmpty;
    await this.#participants?.stop();
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    this.#ports = ports;
    const flags = ['-pg', this.ground.postgres.adminUrl, '-ports', ports.join(',')];
    this.#participants = await this.#launch('participants', {
      command: this.ground.programs.driver,
      args: [
        'participants',
        ...flags,
        ...['-pool', String(PARTICIPANT_CONNECTIONS), ...(isEmpty ? ['-empty'] : [])],
      ],
      isReady: async () => (await Promise.all(ports.map(accepts))).every(Boolean),
    });
  }

  async #start(name: string, options: Launch): Promise<void> {
    this.#running.push({ name, program: await this.#launch(name, options) });
  }

  async #launch(name: string, { command, args, env = process.env, isReady }: Launch): Promise<Program> {
    const program = await startProgram({ command, args, env, logFile: join(this.folder, `${name}.log`) });
    await whenReady(program, { name, isReady, timeoutMs: START_MS_MAX });
    return program;
  }
}

interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly isReady: () => Promise<boolean>;
}

/** Whether something listens there. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
