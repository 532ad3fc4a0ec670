import { readFile, writeFile } from 'node:fs/promises';
import { onBenchStack, type BenchStack } from './bench-stack.js';
import { readCommandLine, USAGE, UsageError, type BenchCommand } from './command-line.js';
import { durabilityOf } from './durability.js';
import { measure, type Measured } from './measure.js';
import { runOverload } from './overload/run-overload.js';
import { againstDtm, type Comparison } from './peer/against-dtm.js';
import { duelTable } from './peer/duel.js';
import { marksTable } from './peer/marks.js';
import { withRate } from './planned.js';
import { describePoint } from './point.js';
import { chart } from './report/chart.js';
import { idleTable } from './report/idle-table.js';
import { benchReport, readReport, type BenchReport } from './report/report.js';
import { benchTable } from './report/table.js';
import { sharesOfOne } from './report/shares-of-one.js';
import { measureIdle, type Idle } from './usage/idle.js';
import { kindOf, warmUp } from './warm-up.js';
import { fillShop } from './work/shop-fill.js';

const say = (line: string): void => console.log(line);

/** The exit code. */
async function run(command: BenchCommand): Promise<number> {
  if (command.help) {
    say(USAGE);
    return 0;
  }
  if (command.overload) return runOverload(command, say);
  const report =
    command.fromFile === undefined
      ? await measured(command)
      : readReport(await readFile(command.fromFile, 'utf8'));
  print(report);
  if (command.reportFile) await writeFile(command.reportFile, `${JSON.stringify(report, null, 2)}\n`);
  if (command.chartFile) await writeFile(command.chartFile, chart(report));
  return allMeasured(report).some(({ seen }) => seen.errors > 0 || seen.cancelled > 0) ? 1 : 0;
}

async function measured(command: BenchCommand): Promise<BenchReport> {
  const { points, againstDtm: isDuel, seconds, warmUpSeconds } = command;
  const uses = (shop: boolean) => points.some(({ participants }) => (participants === 'shop') === shop);
  const coordinators = Math.max(1, ...points.map((point) => point.coordinators ?? 1));
  return onBenchStack({ coordinators, equalParticipants: uses(false), say }, async (stack) => {
    if (uses(true)) await fillShop(stack.urls);
    const results: Comparison = isDuel
      ? await againstDtm(
          stack,
          points.map((planned) => withRate(planned, [])),
          command,
          say,
        )
      : { points: await inTurn(stack, command), duels: [] };
    const idle = await idleOf(stack, command);
    const durability = await durabilityOf(stack.sources.databases['coordinator'] as string);
    return benchReport({ bus: stack.bus, durability, seconds, warmUpSeconds, idle, ...results });
  });
}

async function idleOf({ sources }: BenchStack, { idleSeconds }: BenchCommand): Promise<Idle | null> {
  if (idleSeconds === 0) return null;
  say('Idle ...');
  return measureIdle(sources.processes, idleSeconds);
}

async function inTurn(stack: BenchStack, { points, ...options }: BenchCommand): Promise<Measured[]> {
  const results: Measured[] = [];
  const warm = new Set<string>();
  for (const [i, planned] of points.entries()) {
    const point = withRate(planned, results);
    if (!warm.has(kindOf(point))) await warmUp(stack, point, options, say);
    warm.add(kindOf(point));
    say(`${i + 1}/${points.length}: ${describePoint(point)} ...`);
    const result = await measure(stack, point, options);
    results.push(result);
    say(`     ${result.endedPerSecond.toFixed(0)} ended a second`);
    if (result.seen.errors > 0)
      say(`     ${result.seen.errors} errors, such as: ${result.seen.errorSamples[0]}`);
  }
  return results;
}

function allMeasured({ points, duels }: BenchReport): Measured[] {
  return [...points, ...duels.flatMap(({ before, theirs, after }) => [before, theirs, after])];
}

function print(report: BenchReport): void {
  const { machine, node, bus, durability, command, seconds, warmUpSeconds, idle, duels } = report;
  say(`\n${benchTable(allMeasured(report))}`);
  for (const line of sharesOfOne(report.points)) say(line);
  if (duels.length > 0) {
    say(`\nIn turns (ours, theirs, ours):\n${duelTable(duels)}`);
    say(`\nMeant to be reached against DTM, on two cores that do everything:\n${marksTable(duels)}`);
  }
  if (idle) say(`\n${idleTable(idle)}`);
  say(
    `\n${machine.cpus} x ${machine.model}, ${machine.memoryGiB} GiB; Node ${node}; bus: ${bus}\n${durability}\n` +
      `${command}: ${seconds} s after ${warmUpSeconds} s of warm-up`,
  );
}

try {
  process.exitCode = await run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = 1;
}
