import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStackFile, stackFilePath, startProgram, until, writeStackFile } from '@holdfast/testing';
import { askStack } from './control.js';
import type { Part } from './supervised.js';
import { Supervisor } from './supervisor.js';

let folder: string;
let supervisor: Supervisor;
let stopped: string[];
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-supervisor-'));
  stopped = [];
  said = [];
  supervisor = newSupervisor();
});

afterEach(async () => {
  await supervisor.stop();
  await rm(folder, { recursive: true, force: true });
});

function newSupervisor(): Supervisor {
  const databases = { coordinator: 'postgres://127.0.0.1:1/holdfast' };
  return new Supervisor({ folder, bus: 'kafka', databases, say: (line) => said.push(line) });
}

/** A process that only sleeps. */
function sleeper(name: string, others: readonly string[] = []): Part {
  return {
    name,
    addresses: [name, ...others].map((each) => ({ name: each, url: `http://${each}` })),
    start: async () => {
      const program = await startProgram({
        command: 'sleep',
        args: ['600'],
        logFile: join(folder, `${name}.log`),
      });
      void program.exited.then(() => stopped.push(name));
      return program;
    },
  };
}

const rowOf = (name: string) => readStackFile(folder)?.processes.find((process) => process.name === name);

test('the stack file lists each process with pid and url, also after a restart', async () => {
  await supervisor.open();
  await supervisor.startStage([sleeper('payment')]);
  const before = rowOf('payment');
  expect(before).toEqual({
    name: 'payment',
    state: 'running',
    pid: expect.any(Number),
    url: 'http://payment',
    restarts: 0,
    healMs: null,
  });

  process.kill(before?.pid as number, 'SIGKILL');
  await until(() => rowOf('payment')?.restarts === 1, { what: 'the restart in the file' });
  expect(rowOf('payment')?.state).toBe('running');
  expect(rowOf('payment')?.pid).not.toBe(before?.pid);
  expect(readStackFile(folder)).toMatchObject({ supervisorPid: process.pid, bus: 'kafka' });
});

test('a death is healed once all are ready again, which is said with the time that it took', async () => {
  let isReady = false;
  await supervisor.open();
  await supervisor.startStage([
    sleeper('postgres'),
    { ...sleeper('payment'), isReady: async () => isReady },
    sleeper('order'),
  ]);
  await askStack(folder, { action: 'stop', name: 'order' }); // Nobody waits for what is to be down.
  process.kill(rowOf('postgres')?.pid as number, 'SIGKILL');
  const runsAgain = () => rowOf('postgres')?.restarts === 1 && rowOf('postgres')?.state === 'running';
  await until(runsAgain, { what: 'the restart' });
  expect(rowOf('postgres')?.healMs).toBeNull();
  isReady = true;
  const healMs = await until(() => rowOf('postgres')?.healMs, { what: 'the heal' });
  expect(said.at(-1)).toBe(`all are ready again, ${(healMs / 1000).toFixed(1)} s after postgres had died`);
  expect(rowOf('payment')?.healMs).toBeNull();
});

test('services that share a process share its pid', async () => {
  await supervisor.open();
  await supervisor.startStage([sleeper('order', ['payment'])]);
  expect(rowOf('payment')?.pid).toBe(rowOf('order')?.pid);
});

test('stop ends the later stages first and leaves no file', async () => {
  await supervisor.open();
  await supervisor.startStage([sleeper('postgres')]);
  await supervisor.startStage([sleeper('coordinator'), sleeper('order')]);
  await supervisor.stop();
  expect(stopped.at(-1)).toBe('postgres');
  expect(stopped).toHaveLength(3);
  expect((await readdir(folder)).filter((name) => !name.endsWith('.log'))).toEqual([]);
});

test('a start that fails is told, and stop ends what had been started beside it', async () => {
  await supervisor.open();
  const broken: Part = { ...sleeper('broken'), start: () => Promise.reject(new Error('port 1 is taken')) };
  await expect(supervisor.startStage([sleeper('postgres'), broken])).rejects.toThrow('port 1 is taken');
  await supervisor.stop();
  expect(stopped).toEqual(['postgres']);
});

test('a second stack in the same folder is refused and does no harm to the first', async () => {
  await supervisor.open();
  await expect(newSupervisor().open()).rejects.toThrow('A stack already runs');
  expect(existsSync(stackFilePath(folder))).toBe(true);
});

test('what a killed supervisor left behind does not count', async () => {
  const { pid } = await startProgram({ command: 'sleep', args: ['0'], logFile: join(folder, 'gone.log') });
  await until(() => stackIsGone(pid), { what: 'the process to end' });
  writeStackFile(folder, { supervisorPid: pid, bus: 'kafka', databases: {}, processes: [] });
  expect(readStackFile(folder)).toBeUndefined();
  await supervisor.open();
  expect(readStackFile(folder)?.supervisorPid).toBe(process.pid);
});

describe('asked by a command', () => {
  beforeEach(async () => {
    await supervisor.open();
    await supervisor.startStage([sleeper('postgres'), sleeper('payment')]);
  });

  test('it stops, starts and restarts one process', async () => {
    expect(await askStack(folder, { action: 'stop', name: 'payment' })).toBe('payment is stopped.');
    expect(rowOf('payment')).toMatchObject({ state: 'stopped', pid: null });
    expect(await askStack(folder, { action: 'start', name: 'payment' })).toMatch(
      /^payment is running \(pid \d+\)\.$/,
    );
    const { pid } = rowOf('payment') ?? {};
    await askStack(folder, { action: 'restart', name: 'payment' });
    expect(rowOf('payment')?.pid).not.toBe(pid);
    expect(rowOf('payment')?.restarts).toBe(0);
  });

  test('a name that it does not know is answered with those that it knows', async () => {
    const asked = askStack(folder, { action: 'stop', name: 'paymnet' });
    await expect(asked).rejects.toThrow('There is no paymnet here. The processes are postgres, payment.');
  });

  test('stop without a name asks for the end of all', async () => {
    await askStack(folder, { action: 'stop' });
    await supervisor.stopRequested;
  });

  test('requests at the same time are done one after another', async () => {
    await Promise.all([
      askStack(folder, { action: 'restart', name: 'payment' }),
      askStack(folder, { action: 'restart', name: 'payment' }),
      askStack(folder, { action: 'restart', name: 'payment' }),
    ]);
    expect(stopped).toEqual(['payment', 'payment', 'payment']);
    expect(rowOf('payment')?.state).toBe('running');
  });
});

test('where no stack runs, a command says how to start one', async () => {
  await expect(askStack(folder, { action: 'stop' })).rejects.toThrow('No stack runs in');
});

function stackIsGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
}
