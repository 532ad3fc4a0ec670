/** Where a bus says what it is doing. `error` is for what a person has to look at; the rest heals by itself. */
export type BusLog = (
  level: 'error' | 'warn' | 'info' | 'debug',
  message: string,
  details?: Readonly<Record<string, unknown>>,
) => void;
