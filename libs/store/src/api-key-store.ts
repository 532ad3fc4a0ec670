import { ApiKeyGrant } from '@holdfast/protocol';
import type { Role } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { keyText, newKey, secretHash } from './api-key.js';
import { Database } from './database.js';
import { ANY_KEY, CREATE_KEY, LIST_KEYS, READ_VALID_KEYS, REVOKE_KEY } from './sql/api-keys.js';

/** A key as it may be shown: its secret is told once, when it is made. */
export interface ApiKey {
  readonly id: string;
  readonly owner: string;
  readonly role: Role;
  readonly participant: string | null;
  /** Milliseconds since 1970, these three. */
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
}

export interface NewApiKey extends ApiKey {
  /** The credential, `hf_<id>_<secret>`. It stands nowhere: what is lost is replaced. */
  readonly text: string;
}

/** A key that is good, with what a secret is checked against. */
export interface ValidApiKey extends Pick<ApiKey, 'id' | 'owner' | 'role' | 'participant'> {
  readonly secretHash: Buffer;
}

interface KeyRow {
  id: string;
  owner: string;
  role: Role;
  participant: string | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
}

/** The credentials in the coordinator's database. It needs no running coordinator, so that the first key needs no key. */
export class ApiKeyStore {
  private readonly database: Database;

  constructor(dataSource: DataSource) {
    this.database = new Database(dataSource);
  }

  /** @throws ZodError if the grant does not fit its schema. */
  async create(grant: ApiKeyGrant): Promise<NewApiKey> {
    const { owner, role, participant, expiresAt } = ApiKeyGrant.parse(grant);
    const key = newKey();
    const [row] = await this.database.run<KeyRow>(CREATE_KEY, [
      ...[key.id, secretHash(key.secret), owner, role, participant, expiresAt],
    ]);
    return { ...apiKey(row as KeyRow), text: keyText(key) };
  }

  /** All there ever were, the youngest first. */
  async list(): Promise<ApiKey[]> {
    return (await this.database.run<KeyRow>(LIST_KEYS)).map(apiKey);
  }

  /** Undefined if there is none. Revoking again changes nothing. */
  async revoke(id: string): Promise<ApiKey | undefined> {
    const [row] = await this.database.run<KeyRow>(REVOKE_KEY, [id]);
    return row && apiKey(row);
  }

  /** Those that are neither revoked nor expired. */
  async valid(): Promise<ValidApiKey[]> {
    const rows = await this.database.run<Omit<ValidApiKey, 'secretHash'> & { secret_hash: Buffer }>({
      name: 'read-valid-keys',
      text: READ_VALID_KEYS,
    });
    return rows.map(({ secret_hash, ...key }) => ({ ...key, secretHash: secret_hash }));
  }

  /** Whether a key was ever made here. */
  async configured(): Promise<boolean> {
    const [row] = await this.database.run<{ configured: boolean }>(ANY_KEY);
    return row?.configured === true;
  }
}

function apiKey({ created_at, expires_at, revoked_at, ...key }: KeyRow): ApiKey {
  return {
    ...key,
    createdAt: created_at.getTime(),
    expiresAt: expires_at?.getTime() ?? null,
    revokedAt: revoked_at?.getTime() ?? null,
  };
}
