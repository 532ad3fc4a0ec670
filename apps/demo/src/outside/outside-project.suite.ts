import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { guardPath, startProgram, type Program } from '@holdfast/testing';
import { inheritedEnvironment } from '../stack/app-parts.js';

const runFile = promisify(execFile);

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const example = join(repository, 'docs/examples/delivery');

/** What is published for those who write participants and initiators. */
const SDK = ['protocol', 'bus', 'participant', 'client', 'testing'];

const COMMAND_TIMEOUT_MS = 120_000;

/** Few and short, so that a registry that does not answer is told as that, and not as a test that took too long. */
const NPM_INSTALL = [
  'install',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--fetch-retries=1',
  '--fetch-timeout=20000',
];

/** A copy of the example in a folder outside the repository. It knows Holdfast only as packed packages. */
export class OutsideProject {
  private constructor(
    readonly folder: string,
    private readonly project: string,
    private readonly release: () => void,
  ) {}

  static async create(): Promise<OutsideProject> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-outside-'));
    const project = join(folder, 'delivery');
    const created = new OutsideProject(folder, project, guardPath(folder));
    await mkdir(project);
    for (const name of ['package.json', 'tsconfig.json', 'src'])
      await cp(join(example, name), join(project, name), { recursive: true });
    return created;
  }

  /** Packs the SDK as it would be published, and installs that and what npm serves. */
  async install(): Promise<void> {
    const packed = join(this.folder, 'packed');
    await mkdir(packed);
    const workspaces = SDK.map((name) => `--workspace=@holdfast/${name}`);
    await run('npm', ['pack', `--pack-destination=${packed}`, ...workspaces], repository);
    const archives = (await readdir(packed)).map((name) => join(packed, name));
    try {
      await this.run('npm', [...NPM_INSTALL, ...archives]);
    } catch (error) {
      await this.checkRegistry();
      throw error;
    }
  }

  /** npm tells a registry that it can't reach as a conflict of versions. */
  private async checkRegistry(): Promise<void> {
    try {
      await this.run('npm', ['ping', '--fetch-retries=0', '--fetch-timeout=20000']);
    } catch (cause) {
      const reason = "npm's registry can't be reached, and its cache lacks what the project needs";
      throw new Error(`${reason}.\n${(cause as Error).message}`, { cause });
    }
  }

  /** Runs a command in the project and resolves with what it printed. */
  run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    return run(command, args, this.project, env);
  }

  /** Starts one of its programs, which runs until it is stopped. */
  start(name: string, env: NodeJS.ProcessEnv): Promise<Program> {
    return startProgram({
      command: process.execPath,
      args: [this.program(name)],
      env: { ...inheritedEnvironment(), ...env },
      logFile: join(this.folder, `${name}.log`),
    });
  }

  /** The path of one of its compiled programs. */
  program(name: string): string {
    return join(this.project, 'dist', `${name}.js`);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    this.release();
  }
}

/** Rejects with all that the command printed. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const options = { cwd, env: { ...inheritedEnvironment(), ...env }, timeout: COMMAND_TIMEOUT_MS };
  try {
    return (await runFile(command, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args[0]} failed in ${cwd}:\n${stdout}${stderr}`, { cause: error });
  }
}
