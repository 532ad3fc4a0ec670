import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { until } from '@holdfast/testing';
import { standstill } from './standstill.js';

const stateOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];

test('processes stand still for as long as the work takes, and go on even when it fails', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid as number;
  try {
    const work = async () => {
      await until(() => stateOf(pid) === 'T', { what: 'the process to stand still' });
      throw new Error('measured nothing');
    };
    await expect(standstill([pid], work)).rejects.toThrow('measured nothing');
    await until(() => stateOf(pid) === 'S', { what: 'the process to go on' });
  } finally {
    child.kill('SIGKILL');
  }
});
