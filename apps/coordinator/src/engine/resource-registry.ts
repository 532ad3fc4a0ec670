import type { Announcement } from '@holdfast/protocol';
import type { AnnouncedResource, ResourceStore } from '@holdfast/store';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

/** Why an input is turned down before anything is durable. */
export type InputFault =
  | { readonly type: 'unknownResource' }
  | { readonly type: 'invalidInput'; readonly errors: readonly { path: string; message: string }[] };

interface Schema {
  readonly hash: string;
  readonly validate: ValidateFunction;
}

/**
 * Which participants can reserve what, from which input. While two versions of a participant run, a resource has two
 * schemas, and an input has to fit one of them.
 */
export class ResourceRegistry {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  private schemas = new Map<string, Schema[]>();
  private looking: Promise<void> | undefined;

  constructor(private readonly store: Pick<ResourceStore, 'all' | 'announce'>) {}

  /** Reads all that was ever announced. */
  async load(): Promise<void> {
    for (const each of await this.store.all()) this.add(each);
  }

  /** Stores what a participant announced. */
  async announced(announcement: Announcement): Promise<void> {
    await this.store.announce(announcement);
    for (const each of announcement.resources) this.add({ participant: announcement.participant, ...each });
  }

  /** Those that have announced anything, as far as it is known here. */
  participants(): string[] {
    return [...new Set([...this.schemas.keys()].map((key) => key.slice(0, key.indexOf('\n'))))];
  }

  /** What is wrong with an input; undefined if nothing is. An unknown resource gets a second look in the database. */
  async fault(participant: string, resource: string, input: unknown): Promise<InputFault | undefined> {
    const key = keyOf(participant, resource);
    if (!this.schemas.has(key)) await this.lookAgain();
    const schemas = this.schemas.get(key);
    if (!schemas) return { type: 'unknownResource' };
    if (schemas.some(({ validate }) => validate(input))) return undefined;
    const newest = schemas.at(-1) as Schema;
    newest.validate(input);
    const errors = (newest.validate.errors ?? []).map((error) => ({
      path: error.instancePath,
      message: error.message ?? 'does not fit',
    }));
    return { type: 'invalidInput', errors };
  }

  /** Those who ask at the same time share one look: however many unknown names come, one query is under way. */
  private lookAgain(): Promise<void> {
    this.looking ??= this.load().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private add({ participant, resource, schemaHash, inputSchema }: AnnouncedResource): void {
    const key = keyOf(participant, resource);
    const known = this.schemas.get(key) ?? [];
    if (known.some(({ hash }) => hash === schemaHash)) return;
    this.schemas.set(key, [...known, { hash: schemaHash, validate: this.ajv.compile(inputSchema) }]);
  }
}

function keyOf(participant: string, resource: string): string {
  return `${participant}\n${resource}`;
}
