/** So many failures an address may have in a window; what comes on top is told to wait for its end. */
export const FAILURES_MAX = 10;
export const WINDOW_MS = 60_000;
/** Addresses that are remembered. The one whose window ends first makes room. */
const ADDRESSES_MAX = 10_000;

interface Window {
  readonly endsAt: number;
  failures: number;
}

/**
 * Counts failed logins by source address. It spares the database, the log and whoever reads it; the secrets need no such
 * help, since they are too long to be guessed. A right credential is let in from any address: one client with an old key
 * must not lock out all that stand behind the same proxy.
 */
export class FailedLogins {
  /** In the order of their ends: a window is put at the back when it begins, and all are equally long. */
  private readonly windows = new Map<string, Window>();

  /** How long an address has to wait: 0 while it may fail again. */
  waitMs(address: string, nowMs: number): number {
    const window = this.windows.get(address);
    return window && window.failures >= FAILURES_MAX ? Math.max(0, window.endsAt - nowMs) : 0;
  }

  add(address: string, nowMs: number): void {
    const window = this.windows.get(address);
    if (window && window.endsAt > nowMs) {
      window.failures += 1;
      return;
    }
    this.windows.delete(address);
    const [oldest] = this.windows.keys();
    if (oldest !== undefined && this.windows.size >= ADDRESSES_MAX) this.windows.delete(oldest);
    this.windows.set(address, { endsAt: nowMs + WINDOW_MS, failures: 1 });
  }
}
