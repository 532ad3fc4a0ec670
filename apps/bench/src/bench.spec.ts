import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readReport } from './report/report.js';

/** Built: `npm test` builds before it starts Jest. */
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** A start of nine services, on cores that other tests keep busy. */
const TEST_TIMEOUT_MS = 120_000;

test(
  'a short run starts a stack of its own, measures it, and leaves nothing behind',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-spec-'));
    try {
      const run = promisify(execFile)(
        process.execPath,
        [
          ...[program, '--in-flight', '8', '--seconds', '1', '--warm-up', '0', '--idle', '1'],
          ...['--report', 'report.json', '--chart', 'chart.svg'],
        ],
        { cwd: folder, env: { ...process.env, HOLDFAST_KAFKA: 'off', KAFKA_BROKERS: '' } },
      );
      const { stdout } = await run;
      const { bus, points, idle } = readReport(await readFile(join(folder, 'report.json'), 'utf8'));
      expect(bus).toBe('memory');
      expect(points).toHaveLength(1);
      expect(Object.keys(idle?.corePercent ?? {})).toContain('postgres');
      const [{ endedPerSecond, seen, cost }] = points as [(typeof points)[0]];
      expect(endedPerSecond).toBeGreaterThan(0);
      expect(seen.ended?.count).toBeGreaterThan(0);
      expect(seen).toMatchObject({ cancelled: 0, refused: 0, errors: 0 });
      expect(cost.commitsPerTransaction['coordinator']).toBeGreaterThan(0);
      expect(cost.commitsPerTransaction['equal-4']).toBeGreaterThan(0);
      expect(cost.recordsPerTransaction).toBeNull();
      expect(stdout).toContain('8 in flight');
      expect(await readFile(join(folder, 'chart.svg'), 'utf8')).toContain('</svg>');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  TEST_TIMEOUT_MS,
);

test.each([
  ['while its stack starts', 'Starting'],
  ['while it measures', '1/1'],
])(
  'who interrupts it twice %s hears of no error, and finds nothing left behind',
  async (_, said) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-spec-'));
    try {
      const run = spawn(
        process.execPath,
        [program, '--in-flight', '8', '--seconds', '60', '--warm-up', '0'],
        {
          cwd: folder,
          env: { ...process.env, HOLDFAST_KAFKA: 'off', KAFKA_BROKERS: '', TMPDIR: folder },
        },
      );
      let stderr = '';
      run.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      for await (const text of run.stdout) if (String(text).includes(said)) break;
      const exited = once(run, 'exit');
      run.kill('SIGINT');
      run.kill('SIGTERM');
      expect(await exited).toEqual([130, null]);
      expect(stderr).toBe('');
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  TEST_TIMEOUT_MS,
);
