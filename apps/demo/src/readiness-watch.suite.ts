import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@holdfast/testing';

const LOOK_EVERY_MS = 50;
const ANSWER_MS_MAX = 1_000;
const READY_MS_MAX = 120_000;

/** Asks every `/readyz` all the time, and knows since when all of them have been true. */
export class ReadinessWatch {
  private since: number | undefined;
  private isOver = false;

  constructor(private readonly urls: readonly string[]) {
    void this.look();
  }

  /** When all became ready, in milliseconds since 1970; throws while one is not. */
  get readySince(): number {
    if (this.since === undefined) throw new Error('not all are ready');
    return this.since;
  }

  /** What was ready until now counts no more, also where nobody has noticed yet. */
  expectChange(): void {
    this.since = undefined;
  }

  async untilReady(): Promise<void> {
    await until(() => this.since !== undefined, { what: 'all to be ready', timeoutMs: READY_MS_MAX });
  }

  stop(): void {
    this.isOver = true;
  }

  private async look(): Promise<void> {
    while (!this.isOver) {
      const areReady = (await Promise.all(this.urls.map(isReady))).every(Boolean);
      if (areReady) this.since ??= Date.now();
      else this.since = undefined;
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })).ok;
  } catch {
    return false;
  }
}
