import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CheckoutMode } from '@holdfast/shop';
import type { DemoOptions } from './demo-command.js';
import { HANGING_SERVICES, type HangingService } from './hang/hanging-service.js';
import { STACK_ACTIONS, type StackAction } from './stack-command.js';
import type { StackCommandOptions } from './start-command.js';

export const USAGE = `npm run demo -- [options]    start the shop, send orders through it, audit the books, stop
  --data DIR           replay the orders of this folder instead of a made-up shop
  --mode MODE          ${CheckoutMode.options.join(', ')} (default declared)
  --in-flight N        so many orders under way at once (default 256)
  --report FILE        write the summary as JSON
  --keep               leave the stack running until Ctrl-C
  --hang NAME          no orders, but one checkout whose Confirm hangs at NAME (payment or inventory), and --keep
npm start -- [options]       run the shop and keep its data
npm run stack -- status | stop [NAME] | start NAME | restart NAME

Of demo and start:
  --coordinators N     how many coordinators run (default 1)
  --port NAME=PORT     the port of one process, such as coordinator=3000 (default: free ones); can be repeated
  --participant NAME=PROGRAM  a further participant: a built main.js, which finds its NAME in PARTICIPANT; can be repeated

Kafka comes from KAFKA_BROKERS, else from Java 17 with Maven (downloaded once into HOLDFAST_CACHE, by default
~/.cache/holdfast), else a memory bus in one process takes its place; HOLDFAST_KAFKA=off chooses that.`;

const COORDINATORS = { min: 1, max: 8 };
/** Some orders are sent in pairs. */
const IN_FLIGHT = { min: 2, max: 4_096 };
const PORT = { min: 1, max: 65_535 };

export type Command =
  | { readonly type: 'help' }
  | { readonly type: 'demo'; readonly options: DemoOptions }
  | { readonly type: 'start'; readonly options: StackCommandOptions }
  | { readonly type: 'stack'; readonly folder: string; readonly action: StackAction; readonly name?: string };

/** The words of a command line did not make sense; the message says which, in a sentence. */
export class UsageError extends Error {}

const optionsOfStart = {
  help: { type: 'boolean', short: 'h', default: false },
  coordinators: { type: 'string', default: '1' },
  port: { type: 'string', multiple: true, default: [] as string[] },
  participant: { type: 'string', multiple: true, default: [] as string[] },
} as const;

const optionsOfDemo = {
  ...optionsOfStart,
  data: { type: 'string' },
  mode: { type: 'string', default: CheckoutMode.enum.declared },
  'in-flight': { type: 'string', default: '256' },
  report: { type: 'string' },
  keep: { type: 'boolean', default: false },
  hang: { type: 'string' },
} as const;

/** Reads a command line. Folders and files are relative to `cwd`. Throws UsageError. */
export function readCommandLine(words: readonly string[], cwd: string, say: (line: string) => void): Command {
  const [command, ...args] = words;
  switch (command) {
    case 'demo': {
      const { values } = parsed(() => parseArgs({ args, options: optionsOfDemo }));
      if (values.help) return { type: 'help' };
      const { data, report, keep, hang } = values;
      const options: DemoOptions = {
        ...stackOptions(values, cwd, say),
        shopFolder: data === undefined ? undefined : resolve(cwd, data),
        mode: oneOf<CheckoutMode>('--mode', values.mode, CheckoutMode.options),
        inFlightMax: wholeNumber('--in-flight', values['in-flight'], IN_FLIGHT),
        reportFile: report === undefined ? undefined : resolve(cwd, report),
        keep: keep || hang !== undefined,
        hang: hang === undefined ? undefined : oneOf<HangingService>('--hang', hang, HANGING_SERVICES),
      };
      return { type: 'demo', options };
    }
    case 'start': {
      const { values } = parsed(() => parseArgs({ args, options: optionsOfStart }));
      return values.help ? { type: 'help' } : { type: 'start', options: stackOptions(values, cwd, say) };
    }
    case 'stack': {
      const { positionals } = parsed(() => parseArgs({ args, options: {}, allowPositionals: true }));
      return stackCommandOf(positionals, stackFolder(cwd));
    }
    case undefined:
    case '--help':
      return { type: 'help' };
    default:
      throw new UsageError(`There is no command "${command}".`);
  }
}

function stackFolder(cwd: string): string {
  return resolve(cwd, '.holdfast');
}

function stackCommandOf(positionals: readonly string[], folder: string): Command {
  const [word = '', name, ...rest] = positionals;
  const action = oneOf<StackAction>('The action', word, STACK_ACTIONS);
  if (rest.length > 0) throw new UsageError(`One process at a time: ${rest.join(' ')} is too much.`);
  if (name === undefined && (action === 'start' || action === 'restart')) {
    throw new UsageError(`Name the process to ${action}; "npm run stack -- status" lists them.`);
  }
  return { type: 'stack', folder, action, ...(name !== undefined && { name }) };
}

function stackOptions(
  values: { coordinators: string; port: readonly string[]; participant: readonly string[] },
  cwd: string,
  say: (line: string) => void,
): StackCommandOptions {
  const coordinators = wholeNumber('--coordinators', values.coordinators, COORDINATORS);
  return {
    folder: stackFolder(cwd),
    coordinators,
    ports: Object.fromEntries(values.port.map(portOf)),
    participants: Object.fromEntries(values.participant.map((text) => participantOf(text, cwd))),
    say,
  };
}

/** A name that Kafka's topics and PostgreSQL's databases can have. */
function participantOf(text: string, cwd: string): [string, string] {
  const [, name, program] = /^([a-z][a-z0-9-]{0,39})=(.+)$/.exec(text) ?? [];
  if (name !== undefined && program !== undefined) return [name, resolve(cwd, program)];
  throw new UsageError(`--participant must be NAME=PROGRAM, such as delivery=dist/main.js, and not ${text}.`);
}

function portOf(text: string): [string, number] {
  const [, name, port] = /^([a-z0-9-]+)=(\d{1,5})$/.exec(text) ?? [];
  if (name === undefined || port === undefined) {
    throw new UsageError(`--port must be NAME=PORT, such as coordinator=3000, and not ${text}.`);
  }
  return [name, wholeNumber(`The port of ${name}`, port, PORT)];
}

function wholeNumber(what: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`${what} must be a whole number from ${min} to ${max}, and not ${text}.`);
}

function oneOf<T extends string>(what: string, text: string, all: readonly T[]): T {
  const found = all.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`${what} must be one of ${all.join(', ')}${text && `, and not ${text}`}.`);
}

/** Node's own words about a wrong option are good enough for a person. */
function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
