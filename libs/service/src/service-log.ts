import { activeTraceParent } from '@holdfast/bus';
import type { LoggerService, LogLevel } from '@nestjs/common';
import { pino, type DestinationStream, type Level, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { redacted } from './redaction.js';

const PINO_LEVEL: Record<LogLevel, Level> = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  log: 'info',
  debug: 'debug',
  verbose: 'trace',
};
/** The last of what Nest passes on is who speaks; a stack is a text as well, of several lines. */
const STACK = /\n\s+at /;

/**
 * Nest's logger over pino: JSON lines with level, time, service, who speaks (`context`), and the fields that are given
 * with a message, such as `xid`, `branch` and `attempt`. Whoever logs passes `message, { fields }, stack`. Credentials
 * are hidden in all of it.
 */
export class ServiceLog implements LoggerService {
  private readonly pino: Logger;

  /** @param out takes lines; unless given, standard output, as readable text where that is a terminal. */
  constructor(service: string, level: LogLevel, out: DestinationStream = standardOutput()) {
    this.pino = pino(
      {
        level: PINO_LEVEL[level],
        base: { service },
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        messageKey: 'message',
        mixin: () => ({ trace: activeTraceParent() }),
      },
      { write: (line) => out.write(redacted(line)) },
    );
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.write('fatal', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', message, more);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.write('log', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.write('verbose', message, more);
  }

  private write(level: LogLevel, message: unknown, more: readonly unknown[]): void {
    if (!this.pino.isLevelEnabled(PINO_LEVEL[level])) return;
    const fields: Record<string, unknown> = {};
    for (const each of more) {
      if (typeof each === 'string') fields[STACK.test(each) ? 'stack' : 'context'] = each;
      else if (typeof each === 'object') Object.assign(fields, each);
    }
    if (message instanceof Error) fields['stack'] ??= message.stack;
    this.pino[PINO_LEVEL[level]](fields, textOf(message));
  }
}

function textOf(message: unknown): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Written at once: what a process said last before it died is what matters most. */
function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return pino.destination({ fd: 1, sync: true });
  return pretty({
    sync: true,
    destination: 1,
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,service,context',
    messageFormat: '{service} {context}: {message}',
    singleLine: true,
  });
}
