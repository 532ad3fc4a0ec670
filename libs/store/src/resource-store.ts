import { cleanText } from '@holdfast/protocol';
import type { Announcement } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { ANNOUNCE, READ_RESOURCES } from './sql/resources.js';

/** A resource as a participant announced it; while versions are rolled out it may stand with several schemas. */
export interface AnnouncedResource {
  readonly participant: string;
  readonly resource: string;
  readonly schemaHash: string;
  /** JSON Schema (draft 2020-12) of the input. */
  readonly inputSchema: Record<string, unknown>;
}

/** What participants announced when they started. */
export class ResourceStore {
  private readonly database: Database;

  constructor(dataSource: DataSource) {
    this.database = new Database(dataSource);
  }

  async announce({ participant, sdkVersion, resources }: Announcement): Promise<void> {
    await this.database.run(ANNOUNCE, [
      participant,
      cleanText(sdkVersion),
      resources.map((each) => each.resource),
      resources.map((each) => each.schemaHash),
      resources.map((each) => JSON.stringify(each.inputSchema)),
    ]);
  }

  async all(): Promise<AnnouncedResource[]> {
    const rows = await this.database.run<{
      participant: string;
      resource: string;
      schema_hash: string;
      input_schema: Record<string, unknown>;
    }>(READ_RESOURCES);
    return rows.map(({ participant, resource, schema_hash, input_schema }) => ({
      participant,
      resource,
      schemaHash: schema_hash,
      inputSchema: input_schema,
    }));
  }
}
