import { durabilityFaults, type Durability } from '@holdfast/protocol';
import type { SchemaState } from '@holdfast/service';
import { fault, ok, warning, type Finding } from './finding.js';

/** As far as clocks may be apart before somebody should look; participants allow for a second. */
const CLOCK_DIFFERENCE_MS_MAX = 500;

/** A reading of the database's clock between two of this host's, all in milliseconds since 1970. */
export interface ClockReading {
  readonly before: number;
  readonly database: number;
  readonly after: number;
}

export function schemaFinding({ pending, unknown }: SchemaState): Finding {
  if (unknown.length > 0)
    return fault(
      'schema',
      `The database is newer than this version (${unknown.join(', ')}): use the newer version.`,
    );
  if (pending.length > 0)
    return fault(
      'schema',
      `The database is older than this version (${pending.join(', ')}): run "holdfast setup".`,
    );
  return ok('schema', 'The tables are those of this version.');
}

export function durabilityFindings(durability: Durability): Finding[] {
  const faults = durabilityFaults(durability);
  if (durability.forTestsOnly)
    return [
      warning(
        'commits',
        'This server says that it is for tests only (holdfast.for_tests_only): it may lose commits.',
      ),
    ];
  if (faults.length === 0) {
    const { standbys } = durability;
    const standbyText = standbys === 0 ? 'there is no standby' : `${standbys} connected, synchronous`;
    return [ok('commits', `What is acknowledged stays (fsync on; standbys: ${standbyText}).`)];
  }
  return faults.map(({ kind, sentence }) => (kind === 'unsafe' ? fault : warning)('commits', sentence));
}

/** Of several readings the one that took the least time says most. */
export function clockFinding(readings: readonly ClockReading[]): Finding {
  const [best] = readings.toSorted((one, other) => one.after - one.before - (other.after - other.before));
  if (best === undefined) throw new Error('the clock was not read');
  const uncertainty = (best.after - best.before) / 2;
  const difference = best.database - (best.before + best.after) / 2;
  const text = `${Math.round(Math.abs(difference))} ms ${difference < 0 ? 'behind' : 'ahead of'} this host's`;
  if (Math.abs(difference) - uncertainty <= CLOCK_DIFFERENCE_MS_MAX)
    return ok('clocks', `The database's clock is ${text} (±${Math.ceil(uncertainty)} ms).`);
  return warning('clocks', `The database's clock is ${text}: have both follow the same time service (NTP).`);
}
