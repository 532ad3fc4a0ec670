import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claimPort } from '@holdfast/testing';

/** The services of the shop, by the names of their apps. */
export const SHOP_SERVICES = ['order', 'inventory', 'coupon', 'payment'] as const;
export type ShopService = (typeof SHOP_SERVICES)[number];

export type Owner = 'coordinator' | ShopService;

const appsFolder = fileURLToPath(new URL('../../..', import.meta.url));

/** Where the built program of an app lies. Apps are programs to each other: none is imported here. */
export function appProgram(app: Owner | 'cli'): string {
  return join(appsFolder, app, 'dist', 'main.js');
}

/** Each owner's database. */
const DATABASES: Readonly<Record<Owner, string>> = {
  coordinator: 'holdfast_coordinator',
  order: 'shop_order',
  inventory: 'shop_inventory',
  coupon: 'shop_coupon',
  payment: 'shop_payment',
};

/** A process of an app. */
interface AppPlan {
  /** The app's name; further coordinators have a number behind it. */
  readonly name: string;
  /** Whose database it has: one of this repository's apps, or a further participant by its name. */
  readonly app: string;
  /** Its built `main.js`. */
  readonly program: string;
  readonly port: number;
  readonly url: string;
}

/** The databases' URLs by the names of their owners. */
type Databases = Readonly<Record<Owner, string> & Record<string, string>>;

/** What runs and where, settled before anything starts, so that a restart finds the same ports. */
export interface StackPlan {
  readonly postgresPort: number;
  /** Unused where Kafka runs already, or not at all. */
  readonly kafkaPort: number;
  /** The coordinators first. */
  readonly apps: readonly AppPlan[];
  readonly databases: Databases;
}

export interface PlanOptions {
  readonly coordinators: number;
  /** Ports by the name of the process; the others get free ones. */
  readonly ports: Readonly<Record<string, number>>;
  /** Further participants beside the shop's services: their built programs by their names. */
  readonly participants: Readonly<Record<string, string>>;
}

/** Rejects where a given port is taken, or belongs to nothing that runs. */
export async function planStack({ coordinators, ports, participants }: PlanOptions): Promise<StackPlan> {
  const names = Array.from({ length: coordinators }, (_, index) => coordinatorName(index));
  const apps = [
    ...names.map((name) => ({ name, app: 'coordinator', program: appProgram('coordinator') })),
    ...SHOP_SERVICES.map((name) => ({ name, app: name, program: appProgram(name) })),
    ...Object.entries(participants).map(([name, program]) => ({ name, app: name, program })),
  ];
  const claimed = await claimPorts(['postgres', 'kafka', ...apps.map(({ name }) => name)], ports);
  const postgresPort = portOf(claimed, 'postgres');
  return {
    postgresPort,
    kafkaPort: portOf(claimed, 'kafka'),
    apps: apps.map((app) => {
      const port = portOf(claimed, app.name);
      return { ...app, port, url: `http://127.0.0.1:${port}` };
    }),
    databases: mapValues(
      { ...DATABASES, ...mapValues(participants, (_, name) => `participant_${name}`) },
      (name) => `postgres://postgres@127.0.0.1:${postgresPort}/${name}`,
    ),
  };
}

function coordinatorName(index: number): string {
  return index === 0 ? 'coordinator' : `coordinator-${index + 1}`;
}

export interface ConfigurationOptions {
  readonly plan: StackPlan;
  /** Undefined for the memory bus. */
  readonly brokers: string | undefined;
  readonly topicPrefix: string;
  /** Whether orders of the past are accepted. */
  readonly replayMode: boolean;
  /** Whether coordinators call a transaction hung after seconds instead of minutes. */
  readonly impatient: boolean;
}

/** An app with what it is told besides what it inherits from this process. */
export interface ConfiguredApp extends AppPlan {
  readonly env: NodeJS.ProcessEnv;
}

/** For whoever wants to see something hang, and end, without waiting for it. */
const IMPATIENCE = { HUNG_AFTER: '2s', REPLY_TIMEOUT: '1s', RETRY_CAP: '5s' };

/** Made once for a stack: the key of the order numbers outlives a restart of the order service. */
export function configureApps(options: ConfigurationOptions): ConfiguredApp[] {
  const { plan, replayMode, impatient } = options;
  const own: Readonly<Record<string, NodeJS.ProcessEnv>> = {
    coordinator: impatient ? IMPATIENCE : {},
    order: {
      PAYMENT_URL: urlOf(plan, 'payment'),
      ORDER_NUMBER_KEY: randomBytes(32).toString('hex'),
      REPLAY_MODE: String(replayMode),
    },
  };
  return plan.apps.map((app) => ({
    ...app,
    env: {
      ...foundationEnvironment(options, app.app),
      HOST: '127.0.0.1',
      PORT: String(app.port),
      COORDINATOR_URL: urlOf(plan, 'coordinator'),
      PARTICIPANT: app.app,
      ...own[app.app],
    },
  }));
}

/** What `holdfast setup` is told. */
export function setupEnvironment(options: ConfigurationOptions): NodeJS.ProcessEnv {
  const apps = options.plan.apps.filter(({ app }) => app !== 'coordinator');
  return {
    ...foundationEnvironment(options, 'coordinator'),
    PARTICIPANTS: apps.map(({ name }) => name).join(','),
  };
}

function foundationEnvironment(
  { plan, brokers, topicPrefix }: ConfigurationOptions,
  owner: string,
): NodeJS.ProcessEnv {
  return { DATABASE_URL: plan.databases[owner], KAFKA_BROKERS: brokers ?? '', TOPIC_PREFIX: topicPrefix };
}

export function urlOf(plan: StackPlan, name: string): string {
  const found = plan.apps.find((app) => app.name === name);
  if (found === undefined) throw new Error(`no process is called ${name}`);
  return found.url;
}

/** One after another, so that none is drawn twice. */
async function claimPorts(
  names: readonly string[],
  given: Readonly<Record<string, number>>,
): Promise<Map<string, number>> {
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new Error(`A port is given for ${stranger}, and the processes are ${names.join(', ')}.`);
  }
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`Two processes would be called ${twice}: give one another name.`);
  const claimed = new Map<string, number>();
  for (const name of names) {
    let port = await claimPort(name, given[name]);
    while (given[name] === undefined && [...claimed.values()].includes(port)) port = await claimPort(name);
    claimed.set(name, port);
  }
  return claimed;
}

function portOf(claimed: ReadonlyMap<string, number>, name: string): number {
  const port = claimed.get(name);
  if (port === undefined) throw new Error(`no port was claimed for ${name}`);
  return port;
}

function mapValues<K extends string, V, W>(
  record: Readonly<Record<K, V>>,
  map: (value: V, key: string) => W,
): Record<K, W> {
  return Object.fromEntries(
    Object.entries<V>(record).map(([key, value]) => [key, map(value, key)]),
  ) as Record<K, W>;
}
