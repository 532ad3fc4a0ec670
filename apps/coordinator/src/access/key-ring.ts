import { isSecretOf, parseKey } from '@holdfast/store';
import type { ApiKeyStore, ValidApiKey } from '@holdfast/store';

/** A revoked or expired key is refused at the latest so long after. */
export const KEYS_MS_MAX = 5_000;
/** For a key that is not known yet the database is asked again, but not more often than this. */
const LOOK_AGAIN_MS_MIN = 1_000;

/** The valid API keys, in memory: one small query every few seconds while requests come, however many come. */
export class KeyRing {
  private keys: ReadonlyMap<string, ValidApiKey> = new Map();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  /** @param now a clock that only goes forward, in milliseconds. */
  constructor(
    private readonly store: Pick<ApiKeyStore, 'valid'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The key with this text; undefined if it is none, or none that is valid.
   * @param mayLookAgain whether the database may be asked for an unknown one before its time.
   */
  async find(text: string, mayLookAgain: boolean): Promise<ValidApiKey | undefined> {
    const parts = parseKey(text);
    if (!parts) return undefined;
    await this.readUnlessYoungerThan(KEYS_MS_MAX);
    if (mayLookAgain && !this.keys.has(parts.id)) await this.readUnlessYoungerThan(LOOK_AGAIN_MS_MIN);
    const key = this.keys.get(parts.id);
    return key && isSecretOf(key.secretHash, parts.secret) ? key : undefined;
  }

  private async readUnlessYoungerThan(ageMs: number): Promise<void> {
    if (this.now() - this.readAt < ageMs) return;
    await (this.reading ??= this.read().finally(() => (this.reading = undefined)));
  }

  private async read(): Promise<void> {
    // Dated by its start: what is revoked while it runs may be missing.
    const startedAt = this.now();
    this.keys = new Map((await this.store.valid()).map((key) => [key.id, key]));
    this.readAt = startedAt;
  }
}
