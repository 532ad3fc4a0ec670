import type { Message } from '@holdfast/protocol';
import { FenceCleanup } from './fence-cleanup.js';
import { FenceInquiry } from './fence-inquiry.js';
import type { SweepSettings } from './sweep-settings.js';

/** What coordinators send about the rows of the fence, besides commands. */
export type FenceNotice = Message<'holdfast.forgotten' | 'holdfast.cleanup-answer'>;

/** Looks after the rows of the fence in the background: asks about frozen ones, and removes those long settled. */
export class FenceSweeper {
  readonly #inquiry: FenceInquiry;
  readonly #cleanup: FenceCleanup;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;

  constructor(private readonly settings: SweepSettings) {
    this.#inquiry = new FenceInquiry(settings);
    this.#cleanup = new FenceCleanup(settings);
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), this.settings.sweepIntervalMs).unref();
  }

  /** One bounded round; a failure is told to the observer. A tick that finds another one running waits for that. */
  tick(): Promise<void> {
    this.#ticking ??= this.#round().finally(() => (this.#ticking = undefined));
    return this.#ticking;
  }

  /** Takes what a coordinator answered. What fails is asked again, so it holds up no command. */
  async take(notices: readonly FenceNotice[]): Promise<void> {
    try {
      for (const notice of notices) {
        if (notice.type === 'holdfast.cleanup-answer') await this.#cleanup.answered(notice.body);
        else
          for (const { xid, branchId } of notice.body.branches)
            this.settings.observer.forgotten?.(xid, branchId);
      }
    } catch (error) {
      this.settings.observer.sweepFailed?.(error);
    }
  }

  /** Lets the running round end; no other begins. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#ticking;
  }

  async #round(): Promise<void> {
    try {
      await this.#inquiry.tick();
      await this.#cleanup.tick();
    } catch (error) {
      this.settings.observer.sweepFailed?.(error);
    }
  }
}
