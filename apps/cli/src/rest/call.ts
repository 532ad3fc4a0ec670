import type { Terminal } from '../terminal.js';
import { Coordinator } from './coordinator.js';

const URL_DEFAULT = 'http://127.0.0.1:3000';

/** Options of every command that calls a coordinator. */
export interface CallOptions {
  readonly url?: string;
  readonly apiKey?: string;
  readonly json: boolean;
}

/** What a command that calls a coordinator works with. */
export interface Call {
  readonly coordinator: Coordinator;
  readonly terminal: Terminal;
  readonly now: number;
  /** Prints an answer: as it came for programs, as `text` for people. */
  readonly answer: (raw: unknown, text: () => string) => void;
}

export function callOf({ url, apiKey, json }: CallOptions, terminal: Terminal): Call {
  const { HOLDFAST_URL, HOLDFAST_API_KEY } = terminal.env;
  return {
    coordinator: new Coordinator(
      url ?? (HOLDFAST_URL || URL_DEFAULT),
      apiKey ?? (HOLDFAST_API_KEY || undefined),
    ),
    terminal,
    now: Date.now(),
    answer: (raw, text) => terminal.print(json ? JSON.stringify(raw, null, 2) : text()),
  };
}
