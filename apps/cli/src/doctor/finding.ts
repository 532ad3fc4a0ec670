import { EXIT, type ExitCode } from '../exit-code.js';

/** What one check found; where something is amiss the sentence says what to do. */
export interface Finding {
  readonly check: string;
  /** `warning`: it works, and somebody should look; `fault`: it does not work, or promises are broken. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly sentence: string;
}

export function ok(check: string, sentence: string): Finding {
  return { check, state: 'ok', sentence };
}

export function warning(check: string, sentence: string): Finding {
  return { check, state: 'warning', sentence };
}

export function fault(check: string, sentence: string): Finding {
  return { check, state: 'fault', sentence };
}

/** What `doctor` answers to whoever started it: the worst that was found. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  if (findings.some(({ state }) => state === 'fault')) return EXIT.error;
  return findings.some(({ state }) => state === 'warning') ? EXIT.partly : EXIT.ok;
}
