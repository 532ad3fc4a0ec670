import { constants } from 'node:os';
import { readCommandLine, USAGE, UsageError, type Command } from './command-line.js';
import { demo, type DemoOptions, type Replay } from './demo-command.js';
import { hungCheckout } from './hang/hung-checkout.js';
import { LiveLine } from './live-line.js';
import { prepareReplay } from './replay/replay.js';
import { stackCommand } from './stack-command.js';
import { start } from './start-command.js';

const live = new LiveLine(process.stdout);

async function prepare({ hang, ...options }: DemoOptions): Promise<Replay> {
  return hang === undefined ? prepareReplay({ ...options, hang }, live) : hungCheckout({ ...options, hang });
}

async function run(command: Command, signal: AbortSignal): Promise<number> {
  switch (command.type) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'demo':
      return (await demo(command.options, prepare, signal)) ? 0 : 1;
    case 'start':
      await start(command.options, signal);
      return 0;
    case 'stack':
      console.log(await stackCommand(command.folder, command.action, command.name));
      return 0;
  }
}

/** Aborted by the first signal that asks this process to end; npm may send the one of the terminal again. */
function abortedBySignals(): { signal: AbortSignal; exitCode(): number | undefined } {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      exitCode ??= 128 + constants.signals[name];
      controller.abort(new Error('Interrupted.'));
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}

const interruption = abortedBySignals();
try {
  const command = readCommandLine(process.argv.slice(2), process.cwd(), (line) => live.say(line));
  const exitCode = await run(command, interruption.signal);
  process.exit(command.type === 'start' ? exitCode : (interruption.exitCode() ?? exitCode));
} catch (error) {
  if (interruption.exitCode() === undefined) console.error((error as Error).message);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exit(interruption.exitCode() ?? 1);
}
