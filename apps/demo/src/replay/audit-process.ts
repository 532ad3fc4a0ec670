import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AuditReport } from '../audit/audit-report.js';
import { SHOP_SERVICES, type ShopService } from '../stack/stack-plan.js';

const program = fileURLToPath(new URL('../../dist/audit/main.js', import.meta.url));

export interface AuditTask {
  readonly dataFolder: string;
  readonly answersFile: string;
  readonly databases: Readonly<Record<ShopService, string>>;
}

/** The words after `node` that audit a replay. */
export function auditCommand({ dataFolder, answersFile, databases }: AuditTask): string[] {
  const ofServices = SHOP_SERVICES.flatMap((name) => ['--database', `${name}=${databases[name]}`]);
  return [program, '--data', dataFolder, '--answers', answersFile, ...ofServices];
}

/** Audits in a process of its own. Rejects if the books could not be audited, or the signal is aborted. */
export async function runAudit(
  task: AuditTask,
  reportFile: string,
  signal: AbortSignal,
): Promise<AuditReport> {
  const child = spawn(process.execPath, [...auditCommand(task), '--report', reportFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 && code !== 1) throw new Error(`The audit failed (exit code ${code}).\n${complaints}`);
  return AuditReport.parse(JSON.parse(await readFile(reportFile, 'utf8')));
}
