import { withClient } from '@holdfast/testing';

const SETTINGS = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes'];

/** What the database server has to say of its durability, in one line. */
export function durabilityOf(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any ($1) order by name',
      [SETTINGS],
    );
    return `PostgreSQL: ${rows.map(({ name, setting }) => `${name} ${setting}`).join(', ')}`;
  });
}
