import { readFile } from 'node:fs/promises';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import type { Bus, FaultOptions } from '@holdfast/bus';
import { MESSAGE_TYPE_HEADER, decode, encode, topics } from '@holdfast/protocol';
import type { ApiKeyGrant, Command, Ended, Operation, Reply } from '@holdfast/protocol';
import { openDatabase } from '@holdfast/service';
import type { Environment, RunningService } from '@holdfast/service';
import { ApiKeyStore, transactionMigrations } from '@holdfast/store';
import { testDatabase, until } from '@holdfast/testing';
import type { TestDatabase } from '@holdfast/testing';
import { AnswerCheck } from './answer-check.suite.js';
import type { ApiDocument } from './answer-check.suite.js';
import { bootstrap } from './main.js';

const OPENAPI_FILE = new URL('../../../docs/openapi.json', import.meta.url);
const names = topics();

/** How a scripted participant answers a command; undefined is silence. */
export type Script = (command: Command) => Partial<Reply> | undefined;

/** The answer of a participant whose work always succeeds. */
export const agreeable: Script = (command) => {
  if (command.operation === 'try') return { outcome: 'tried', answer: { held: command.input } };
  if (command.operation === 'force') return { outcome: 'forced', fence: 'tried', settled: false };
  return { outcome: command.operation === 'confirm' ? 'confirmed' : 'cancelled' };
};

/** A participant without a database: it answers as its script says, and remembers what it was told to do. */
export class ScriptedParticipant {
  script: Script = agreeable;
  readonly commands: Command[] = [];
  constructor(
    private readonly bus: Bus,
    readonly name: string,
    private readonly names = topics(),
  ) {}

  async start(): Promise<void> {
    await this.announce();
    await this.bus.subscribe({
      group: this.names.commandGroup(this.name),
      topics: [this.names.command(this.name)],
      decode: (message) => decode(['holdfast.command'], message.headers, message.value).body,
      handle: async (batch) => {
        for (const { body } of batch) {
          this.commands.push(body);
          const answer = this.script(body);
          if (answer) await this.reply(body, answer);
        }
      },
    });
  }

  /** Its one resource, `<name>.reserve`, takes an object with a whole number `n`. */
  async announce(): Promise<void> {
    const inputSchema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
    const resources = [{ resource: `${this.name}.reserve`, inputSchema, schemaHash: 'a'.repeat(64) }];
    const body = { v: 1, participant: this.name, sdkVersion: 'test', resources } as const;
    const message = encode('holdfast.announcement', body, this.name);
    await this.bus.publish([{ topic: this.names.reply, ...message }]);
  }

  async reply(command: Command, answer: Partial<Reply>): Promise<void> {
    const { xid, branchId, attempt, replyPartition } = command;
    const body = { v: 1, xid, branchId, attempt, ...answer } as Reply;
    const message = encode('holdfast.reply', body, xid);
    await this.bus.publish([{ topic: this.names.reply, partition: replyPartition, ...message }]);
  }

  sent(xid: string, operation: Operation): Command[] {
    return this.commands.filter((command) => command.xid === xid && command.operation === operation);
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}

interface Hung {
  readonly since: string;
  readonly code: string;
}

/** What stands in any of the coordinator's answers; a test reads what the answer at hand has. */
interface AnswerBody {
  readonly xid: string;
  readonly phase: string;
  readonly state: string;
  readonly code: string;
  readonly detail: string;
  readonly sentence: string;
  readonly reason: { readonly code: string; readonly message: string };
  readonly contradicted: boolean;
  readonly forced: boolean;
  readonly batchId: string;
  readonly beganAt: string;
  readonly decidedAt: string | null;
  readonly endedAt: string | null;
  readonly coolingSince: string | null;
  readonly hung: Hung | null;
  readonly runbook: string | null;
  readonly counts: Readonly<Record<'pending' | 'done' | 'skipped' | 'failed', number>>;
  readonly branches: readonly unknown[];
  readonly errors: readonly { readonly path: string }[];
  readonly items: readonly { readonly xid: string; readonly phase: string; readonly hung: Hung | null }[];
  readonly next: string;
}

/** An answer to a request. */
export interface Answer {
  readonly status: number;
  readonly body: AnswerBody;
  readonly headers: Headers;
}

function openRows(url: string) {
  return openDatabase({ service: 'test', url, poolSize: 2, migrations: transactionMigrations });
}

/** Coordinators on one database and one broker, with participants that do as they are told. */
export class CoordinatorUnderTest {
  readonly broker: MemoryBroker;
  readonly participants = new Map<string, ScriptedParticipant>();
  readonly services: { service: RunningService; bus: Bus }[] = [];
  private readonly crashed: RunningService[] = [];
  private check: Promise<AnswerCheck> | undefined;
  private database!: TestDatabase;
  private rows!: Awaited<ReturnType<typeof openRows>>;

  /** @param kafka where the test is about Kafka: makes a bus on it, whose topics with this prefix are there. */
  constructor(
    faults?: FaultOptions,
    private readonly kafka?: { readonly newBus: () => Bus; readonly prefix: string },
  ) {
    this.broker = new MemoryBroker({ partitions: 4, ...(faults && { faults }) });
  }

  async start(participants: readonly string[] = ['p', 'q'], given: Environment = {}): Promise<void> {
    this.database = await testDatabase({
      template: 'coordinator',
      migrate: async (url) => (await openRows(url)).destroy(),
    });
    this.rows = await openRows(this.database.url);
    await this.startCoordinator(given);
    for (const name of participants) await this.addParticipant(name);
    await until(async () => (await this.sql('select 1 from resources')).length >= participants.length, {
      what: 'the announcements',
    });
  }

  /** Starts a participant, or another in the place of one that has stopped. */
  async addParticipant(name: string): Promise<ScriptedParticipant> {
    const participant = new ScriptedParticipant(this.newBus(), name, topics(this.kafka?.prefix));
    this.participants.set(name, participant);
    await participant.start();
    return participant;
  }

  get keys(): ApiKeyStore {
    return new ApiKeyStore(this.rows);
  }

  /** Makes a key; its header for requests. Coordinators that start from now on are closed. */
  async credential(grant: ApiKeyGrant): Promise<{ authorization: string }> {
    const { text } = await this.keys.create(grant);
    return { authorization: `Bearer ${text}` };
  }

  async startCoordinator(given: Environment = {}): Promise<RunningService> {
    const bus = this.newBus();
    const prefix = this.kafka && { TOPIC_PREFIX: this.kafka.prefix };
    const env = { DATABASE_URL: this.database.url, PORT: '0', LOG_LEVEL: 'error', ...prefix, ...given };
    const service = await bootstrap(env, bus);
    this.services.push({ service, bus });
    return service;
  }

  private newBus(): Bus {
    return this.kafka?.newBus() ?? new MemoryBus(this.broker);
  }

  /**
   * Ends one as SIGKILL would, as far as one process can: it neither hears nor says anything on the bus from now on,
   * and its sweeper, which must not claim to live without the bus, falls silent.
   */
  async crash(at: number): Promise<void> {
    const [crashed] = this.services.splice(at, 1) as [{ service: RunningService; bus: Bus }];
    (crashed.bus as MemoryBus).crash();
    this.crashed.push(crashed.service);
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  participant(name: string): ScriptedParticipant {
    return this.participants.get(name) as ScriptedParticipant;
  }

  async stop(): Promise<void> {
    for (const participant of this.participants.values()) await participant.close();
    for (const { service, bus } of this.services) {
      await service.close();
      await bus.close();
    }
    for (const service of this.crashed) await service.close();
    await this.rows.destroy();
    await this.database.drop();
  }

  async sql<Row = Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.rows.query<Row[]>(text, values);
  }

  /** @param at which coordinator to ask. */
  async request(method: string, path: string, body?: unknown, given = {}, at = 0): Promise<Answer> {
    const { service } = this.services[at] as { service: RunningService };
    const response = await fetch(service.url + path, {
      method,
      headers: body === undefined ? given : { 'content-type': 'application/json', ...given },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const answer = (await response.json()) as AnswerBody;
    if (path.startsWith('/v1/')) {
      const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
      (await this.answerCheck()).expect(method, path, status, mediaType, answer);
    }
    return { status, headers, body: answer };
  }

  /** Holds answers against the OpenAPI document that is committed, which a spec keeps current. */
  async answerCheck(): Promise<AnswerCheck> {
    this.check ??= readFile(OPENAPI_FILE, 'utf8').then(
      (text) => new AnswerCheck(JSON.parse(text) as ApiDocument),
    );
    return this.check;
  }

  /** @param series a metric with its labels. @returns its value; undefined where there is none. */
  async metric(series: string, at = 0): Promise<number | undefined> {
    const { service } = this.services[at] as { service: RunningService };
    const lines = (await (await fetch(`${service.url}/metrics`)).text()).split('\n');
    const line = lines.find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }

  post(path: string, body: unknown, headers = {}, at = 0): Promise<Answer> {
    return this.request('POST', path, body, headers, at);
  }

  get(path: string, at = 0): Promise<Answer> {
    return this.request('GET', path, undefined, {}, at);
  }

  /** Begins a declared transaction with one branch for each participant named. */
  declare(participants: readonly string[], query = '', more: object = {}, headers = {}): Promise<Answer> {
    const branches = participants.map((name, n) => ({
      participant: name,
      resource: `${name}.reserve`,
      input: { n },
    }));
    return this.post(`/v1/transactions${query}`, { name: 'test', branches, ...more }, headers);
  }

  /** The ends that were announced of a transaction. */
  endedEvents(xid: string): Ended[] {
    return this.broker
      .messages(names.event)
      .filter(({ headers }) => headers[MESSAGE_TYPE_HEADER] === 'holdfast.ended')
      .map((message) => decode(['holdfast.ended'], message.headers, message.value).body)
      .filter((event) => event.xid === xid);
  }
}
