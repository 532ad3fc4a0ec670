import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { benchStack } from './bench-stack.js';
import { durabilityOf } from './durability.js';
import { measure } from './measure.js';
import type { Measured } from './measure.js';
import { POINTS_DEFAULT, describePoint } from './point.js';
import type { Point } from './point.js';
import { benchReport, benchTable } from './report.js';
import { fillShop } from './shop-fill.js';

const USAGE = `npm run bench -- [--in-flight 1,64] [--branches 2,4] [--hot] [--seconds 10] [--warm-up 3] [--report FILE]

Drives the running stack closed-loop; starts one of its own where none runs.`;

const { values } = parseArgs({
  options: {
    'in-flight': { type: 'string' },
    branches: { type: 'string' },
    hot: { type: 'boolean' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    report: { type: 'string' },
    help: { type: 'boolean' },
  },
});

function pointsFrom(): readonly Point[] {
  if (!values['in-flight'] && !values.branches && !values.hot) return POINTS_DEFAULT;
  const inFlights = numbers(values['in-flight'] ?? '1,64,256,1024', 1, 4096);
  const branches = numbers(values.branches ?? '4', 2, 4);
  return branches.flatMap((count) =>
    inFlights.map((inFlight): Point => ({
      inFlight,
      branches: count === 2 ? 2 : 4,
      hot: values.hot ?? false,
    })),
  );
}

function numbers(text: string, min: number, max: number): number[] {
  return text.split(',').map((each) => {
    const value = Number(each);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Error(`"${each}" is not a whole number from ${min} to ${max}.\n\n${USAGE}`);
  });
}

async function run(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const points = pointsFrom();
  const [seconds] = numbers(values.seconds, 1, 3600) as [number];
  const [warmUpSeconds] = numbers(values['warm-up'], 0, 600) as [number];
  const stack = await benchStack((line) => console.log(line));
  const interrupted = () => void stack.stop().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await fillShop(stack.urls);
    const measured: Measured[] = [];
    for (const [i, point] of points.entries()) {
      console.log(`${i + 1}/${points.length}: ${describePoint(point)} ...`);
      const result = await measure(stack, point, { seconds, warmUpSeconds });
      measured.push(result);
      console.log(`     ${result.endedPerSecond.toFixed(0)} ended a second`);
      if (result.errors.length > 0)
        console.log(`     ${result.errors.length} errors, such as: ${result.errors[0]}`);
    }
    const durability = await durabilityOf(stack.file.databases['coordinator'] as string);
    console.log(`\n${benchTable(measured)}\n\n${durability}`);
    if (values.report) {
      const report = benchReport(stack.file.bus, measured, durability);
      await writeFile(values.report, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (measured.some(({ errors, cancelled }) => errors.length > 0 || cancelled > 0)) process.exitCode = 1;
  } finally {
    await stack.stop();
  }
}

try {
  await run();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
