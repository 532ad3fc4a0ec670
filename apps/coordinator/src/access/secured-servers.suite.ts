import { chown, mkdtemp, chmod, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka, startKafka, startPostgres, until } from '@holdfast/testing';
import type { Kafka, Postgres } from '@holdfast/testing';
import pg from 'pg';
import { generate } from 'selfsigned';

/** A PostgreSQL and a Kafka that let nobody in without TLS and a password, and their certificate. */
export class SecuredServers {
  private constructor(
    private readonly folder: string,
    readonly ca: string,
    readonly caFile: string,
    readonly postgres: Postgres,
    readonly kafka: Kafka,
  ) {}

  /** @param users passwords by user name, in both. */
  static async start(users: Record<string, string>): Promise<SecuredServers> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-secured-'));
    await chmod(folder, 0o755);
    const certificate = await generate([{ name: 'commonName', value: 'holdfast' }], {
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    const caFile = join(folder, 'ca.pem');
    const pemFile = join(folder, 'kafka.pem');
    await writeFile(caFile, certificate.cert);
    await writeFile(pemFile, certificate.private + certificate.cert);
    const source = await findKafka({ ...process.env, KAFKA_BROKERS: '' }, () => undefined);
    if (source.kind !== 'install') throw new Error('Kafka has to be started here for this test');
    const [postgres, kafka] = await Promise.all([
      startPostgres({ dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') }),
      startKafka({
        ...{ install: source.install, dir: join(folder, 'kafka'), logFile: join(folder, 'kafka.log') },
        security: { pemFile, users },
      }),
    ]);
    await secure(postgres, join(folder, 'postgres'), certificate, users);
    return new SecuredServers(folder, certificate.cert, caFile, postgres, kafka);
  }

  async stop(): Promise<void> {
    await Promise.all([this.postgres.stop(), this.kafka.stop()]);
    await rm(this.folder, { recursive: true });
  }
}

/** Each user gets a database of his own, and TLS and a password are asked of everybody but `postgres`. */
async function secure(
  postgres: Postgres,
  dataDir: string,
  certificate: { private: string; cert: string },
  users: Record<string, string>,
): Promise<void> {
  const { uid, gid } = await stat(dataDir);
  const write = async (name: string, text: string) => {
    await writeFile(join(dataDir, name), text, { mode: 0o600 });
    await chown(join(dataDir, name), uid, gid);
  };
  await write('server.key', certificate.private);
  await write('server.crt', certificate.cert);
  const lines = Object.keys(users).map((user) => `hostssl ${user} ${user} 127.0.0.1/32 scram-sha-256\n`);
  await write('pg_hba.conf', `host all postgres 127.0.0.1/32 trust\n${lines.join('')}`);
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  for (const [user, password] of Object.entries(users)) {
    await admin.query(`create role ${user} login password '${password}'`);
    await admin.query(`create database ${user} owner ${user}`);
    await admin.query(`revoke connect on database ${user} from public`);
  }
  await admin.query('alter system set ssl = on');
  await admin.query('select pg_reload_conf()');
  await until(async () => (await admin.query('show ssl')).rows[0].ssl === 'on', { what: 'TLS to be on' });
  await admin.end();
}
