import { Logger } from '@nestjs/common';
import { READ_DURABILITY, durabilityFaults, type Durability } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { StartError } from './start-error.js';

const logger = new Logger('Database');

/**
 * Warns of what only people can judge, such as whether a standby is there to take over.
 * @throws StartError if a crash of the database can lose what it has acknowledged.
 */
export async function refuseLostCommits(dataSource: DataSource, service: string): Promise<void> {
  const [durability] = await dataSource.query<[Durability]>(READ_DURABILITY);
  const faults = durabilityFaults(durability);
  const unsafe = faults.filter(({ kind }) => kind === 'unsafe').map(({ sentence }) => sentence);
  if (unsafe.length > 0) throw new StartError(`The database of ${service} won't do: ${unsafe.join(' ')}`);
  for (const { sentence } of faults) logger.warn(`The database of ${service}: ${sentence}`);
}
