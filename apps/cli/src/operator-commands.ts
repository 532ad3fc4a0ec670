import type { Command } from 'commander';
import type { Run, ExitCode } from './exit-code.js';
import {
  acknowledge,
  actOnEach,
  cancelTransaction,
  forceResolve,
  type AcknowledgeOptions,
  type CancelOptions,
  type ForceOptions,
} from './operate/actions.js';
import { listAudit, listFrozen } from './operate/ledgers.js';
import { actOnParticipant, listParticipants } from './operate/participants.js';
import { stuck, type StuckOptions } from './operate/stuck.js';
import {
  explainTransaction,
  getTransaction,
  listTransactions,
  listXids,
  transactionHistory,
} from './operate/transactions.js';
import { watch } from './operate/watch.js';
import { callOf, type Call, type CallOptions } from './rest/call.js';
import type { Query } from './rest/coordinator.js';
import type { Terminal } from './terminal.js';

const REASON = ['--reason <text>', 'why: it goes into the audit log'] as const;
const YES = ['--yes', 'do it without asking'] as const;

/** Adds a command that calls a coordinator, and returns it for its own options. */
type Add = <O extends object>(
  parent: Command,
  usage: string,
  description: string,
  act: (call: Call, words: readonly string[], options: O & CallOptions) => Promise<ExitCode>,
) => Command;

/** Adds what operators do, over REST. */
export function addOperatorCommands(program: Command, terminal: Terminal, run: Run): void {
  const add: Add = (parent, usage, description, act) => {
    const command = parent
      .command(usage)
      .description(description)
      .option('--url <url>', 'where a coordinator listens (or HOLDFAST_URL; default http://127.0.0.1:3000)')
      .option('--api-key <key>', 'better given as HOLDFAST_API_KEY, which no list of processes shows')
      .option('--json', 'answer as JSON, for programs', false);
    return command.action(() =>
      run(async () => act(callOf(command.opts(), terminal), command.args, command.opts())),
    );
  };
  paged(
    add<StuckOptions>(program, 'stuck', 'what hangs, and why', (call, _words, options) =>
      stuck(call, options),
    ),
  ).option('--older-than <duration>', 'all that is unresolved for so long, such as 10m, hung or not');
  const tx = program.command('tx').description('global transactions');
  addReading(tx, add);
  addActions(tx, add);
  addParticipants(program.command('participant').description('the services that take part'), add);
  addLedgers(program, add);
}

function paged(command: Command): Command {
  return command
    .option('--limit <count>', 'so many at most')
    .option('--cursor <cursor>', 'the next page, as the last one gave it');
}

/** All options that are the query's; the coordinator says what is wrong with them. */
function queryOf({ url: _url, apiKey: _key, json: _json, ...query }: CallOptions & Query): Query {
  return query;
}

function addReading(tx: Command, add: Add): void {
  const list = add<Query & { ids?: boolean }>(
    tx,
    'list',
    'unresolved ones, or those of a reference or a time',
    (call, _words, { ids, ...options }) =>
      ids ? listXids(call, queryOf(options)) : listTransactions(call, queryOf(options)),
  );
  paged(list)
    .option('--phase <phase>', 'trying, confirming, confirmed, cancelling or cancelled')
    .option('--hung <flag>', 'true or false')
    .option('--contradicted <flag>', 'true: with a contradiction that nobody has settled; ended ones, too')
    .option('--name <name>', 'begun under this name')
    .option('--reference <reference>', "the initiator's own number; ended ones, too")
    .option('--participant <name>', 'with a branch of this participant')
    .option('--resource <resource>', 'with a branch that reserves this')
    .option('--older-than <duration>', 'begun so long ago, such as 10m')
    .option('--min-attempts <count>', 'with a branch that was sent its command so often')
    .option('--error <code>', 'with a branch whose last error this is')
    .option('--ended-after <time>', 'ended since then; with --ended-before, at most 24 h apart')
    .option('--ended-before <time>', 'ended until then')
    .option('--ids', 'the xids alone, of all pages, a line each');
  add(tx, 'get <xid>', 'how it stands, branch by branch', (call, [xid = '']) => getTransaction(call, xid));
  add(tx, 'explain <xid>', 'why it has not ended, what happens next, and its runbook', (call, [xid = '']) =>
    explainTransaction(call, xid),
  );
  add(tx, 'history <xid>', 'every attempt, the oldest first', (call, [xid = '']) =>
    transactionHistory(call, xid),
  );
  add(tx, 'watch [xid]', 'what happens, to one until it has ended, or to all', (call, [xid], { json }) =>
    watch(call, xid, json),
  );
}

function addActions(tx: Command, add: Add): void {
  const harmless = [
    ['retry', 'send now what would be sent later'],
    ['pause', 'send nothing, and let no deadline end them, until they are resumed'],
    ['resume', 'let them go on at once'],
  ] as const;
  for (const [name, description] of harmless) {
    const command = add<{ reason: string; branch?: string[] }>(
      tx,
      `${name} <xid...>`,
      description,
      (call, xids, { reason, branch: branchIds }) =>
        actOnEach(call, xids, { name, reason, ...(branchIds && { branchIds }) }),
    ).requiredOption(...REASON);
    if (name === 'retry') command.option('--branch <id...>', 'only these branches');
  }
  add<CancelOptions>(tx, 'cancel <xid>', 'give all back that is undecided', (call, [xid = ''], options) =>
    cancelTransaction(call, xid, options),
  )
    .requiredOption(...REASON)
    .option(...YES, false);
  add<ForceOptions>(
    tx,
    'force-resolve <xid> <branch>',
    'end a branch that does not follow the decision by itself',
    (call, [xid = '', branchId = ''], options) => forceResolve(call, xid, branchId, options),
  )
    .requiredOption(...REASON)
    .requiredOption('--evidence <text>', 'what shows how the branch really stands')
    .option('--participant-gone', 'end it though its participant never answers again (admins)', false)
    .option(...YES, false);
  add<AcknowledgeOptions>(
    tx,
    'acknowledge <xid> <branch>',
    'say how a contradiction that nothing is asked about any more was settled',
    (call, [xid = '', branchId = ''], options) => acknowledge(call, xid, branchId, options),
  )
    .requiredOption(...REASON)
    .requiredOption('--evidence <text>', 'what shows that its books now stand as was decided');
}

function addParticipants(participant: Command, add: Add): void {
  add(participant, 'list', 'all, by name', (call) => listParticipants(call));
  const actions = [
    ['pause', 'send it nothing, and refuse begins that name it'],
    ['resume', 'send it what waits'],
  ] as const;
  for (const [action, description] of actions)
    add<{ reason: string }>(participant, `${action} <name>`, description, (call, [name = ''], { reason }) =>
      actOnParticipant(call, name, action, reason),
    ).requiredOption(...REASON);
}

function addLedgers(program: Command, add: Add): void {
  paged(
    add<Query>(
      program,
      'frozen',
      'what participants hold, and for which transaction',
      (call, _words, options) => listFrozen(call, queryOf(options)),
    ),
  )
    .option('--participant <name>', 'held by it')
    .option('--resource <resource>', 'of this kind')
    .option('--older-than <duration>', 'of transactions begun so long ago, such as 10m');
  paged(
    add<Query>(program, 'audit', 'what operators did, the youngest first', (call, _words, options) =>
      listAudit(call, queryOf(options)),
    ),
  )
    .option('--xid <xid>', 'to this transaction')
    .option('--actor <name>', 'by this person or service')
    .option('--action <action>', 'such as pause or force-resolve')
    .option('--participant <name>', 'to this participant')
    .option('--after <time>', 'since then')
    .option('--before <time>', 'until then');
}
