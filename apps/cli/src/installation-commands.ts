import { ROLES, durationMs } from '@holdfast/protocol';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Run } from './exit-code.js';
import type { Terminal } from './terminal.js';

const ENVIRONMENT = `
Environment: DATABASE_URL (the coordinator's database)`;
const INSTALLATION = `${ENVIRONMENT}, KAFKA_BROKERS, TOPIC_PREFIX,
PARTICIPANTS (names with commas between them), REPLICATION_FACTOR`;

interface CreateOptions {
  owner: string;
  role: string;
  participant?: string;
  expires?: number;
  json: boolean;
}

/** Adds what works on the database and Kafka themselves, and needs no running coordinator. */
export function addInstallationCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('setup')
    .description('create the topics that are missing and bring the database up to date; can be repeated')
    .addHelpText('after', INSTALLATION)
    .action(() => run(async () => (await import('./setup/setup.js')).setup(terminal)));
  program
    .command('doctor')
    .description('check topics, schema, durability, standbys, clocks and consumers, and say what to do')
    .addOption(json())
    .addHelpText('after', INSTALLATION)
    .action((options: { json: boolean }) =>
      run(async () => (await import('./doctor/doctor.js')).doctor(options, terminal)),
    );
  addKeyCommands(program, terminal, run);
}

function addKeyCommands(program: Command, terminal: Terminal, run: Run): void {
  const keys = program
    .command('key')
    .description('API keys, on the database: the first one needs none')
    .addHelpText('after', ENVIRONMENT);
  keys
    .command('create')
    .description('make a key, and print it: it can never be read again')
    .requiredOption('--owner <name>', 'whose it is: a service or a person')
    .addOption(new Option('--role <role>', 'what it is good for').choices(ROLES).makeOptionMandatory())
    .option('--participant <name>', 'with the role participant: the one it speaks for')
    .option('--expires <duration>', 'ends by itself, such as in 720h', duration)
    .addOption(json())
    .action(({ owner, role, participant, expires, json }: CreateOptions) =>
      run(async () =>
        (await import('./keys/keys.js')).createKey(
          { owner, role, participant, expiresInMs: expires, json },
          terminal,
        ),
      ),
    );
  keys
    .command('list')
    .description('all keys there ever were, without their secrets')
    .addOption(json())
    .action((options: { json: boolean }) =>
      run(async () => (await import('./keys/keys.js')).listKeys(options, terminal)),
    );
  keys
    .command('revoke <key>')
    .description('end a key, by the name that "key list" shows')
    .addOption(json())
    .action((key: string, options: { json: boolean }) =>
      run(async () => (await import('./keys/keys.js')).revokeKey(key, options, terminal)),
    );
}

function json(): Option {
  return new Option('--json', 'answer as JSON, for programs').default(false);
}

/** Milliseconds. */
function duration(text: string): number {
  try {
    return durationMs(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
