import { MemoryBus } from '@holdfast/bus';
import type { MemoryBroker } from '@holdfast/bus';
import {
  HoldfastParticipant,
  TccResource,
  defineBranch,
  fenceMigrations,
  refused,
} from '@holdfast/participant';
import type { BranchContext, Refusal, TccHandler } from '@holdfast/participant';
import { openDatabase } from '@holdfast/service';
import { testDatabase } from '@holdfast/testing';
import type { TestDatabase } from '@holdfast/testing';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';

const amount = z.object({ n: z.int().positive() });
type Amount = z.infer<typeof amount>;
const define = (participant: string) =>
  defineBranch({ resource: `${participant}.reserve`, participant, input: amount, reservation: amount });

/** The sum of these never changes. */
interface Books {
  readonly available: number;
  readonly frozen: number;
  readonly settled: number;
}

/** Every so many calls of a handler fail after they have written. */
const FAILS_EVERY = 9;

class CreateBooks1764000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('create table books (available int, frozen int, settled int)');
  }

  async down(): Promise<void> {}
}

const open = (url: string) =>
  openDatabase({
    service: 'books',
    url,
    poolSize: 8,
    migrations: [...fenceMigrations, CreateBooks1764000000002],
  });

/** A participant as the shipped library makes it, with a database of its own and a handler that fails at times. */
export class Bookkeeper {
  private dataSource!: DataSource;
  private bus!: MemoryBus;
  private participant!: HoldfastParticipant;

  private constructor(
    private readonly name: string,
    private readonly broker: MemoryBroker,
    private readonly database: TestDatabase,
  ) {}

  static async start(name: string, broker: MemoryBroker, available: number): Promise<Bookkeeper> {
    const migrate = async (url: string) => (await open(url)).destroy();
    const database = await testDatabase({ template: 'bookkeeper', migrate });
    const keeper = new Bookkeeper(name, broker, database);
    await keeper.begin();
    await keeper.sql('insert into books values ($1, 0, 0)', [available]);
    return keeper;
  }

  /** Takes commands, from where it ended. */
  async begin(): Promise<void> {
    const { name: participant } = this;
    this.dataSource = await open(this.database.url);
    this.bus = new MemoryBus(this.broker);
    this.participant = new HoldfastParticipant({ participant, bus: this.bus, dataSource: this.dataSource }, [
      handlerOf(participant),
    ]);
    await this.participant.start();
  }

  /** Takes none until it begins again. */
  async end(): Promise<void> {
    await this.participant.stop();
    await this.bus.close();
    await this.dataSource.destroy();
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  async books(): Promise<Books> {
    const [row] = await this.dataSource.query<[Books]>('select available, frozen, settled from books');
    return row;
  }

  /** How each of its branches stands in the fence, by xid. */
  async fences(): Promise<Map<string, string>> {
    const rows = await this.dataSource.query<{ xid: string; state: string }[]>(
      'select xid, state from holdfast_fence',
    );
    return new Map(rows.map(({ xid, state }) => [xid, state]));
  }

  /** Looks after the fence once. */
  sweep(): Promise<void> {
    return this.participant.sweep();
  }

  /** Asks at once about all that is frozen, as if each row were past its deadline and grace. */
  async ask(): Promise<void> {
    await this.sql(
      `update holdfast_fence set created_at = now() - interval '1 h', deadline_at = now() - interval '1 h'`,
    );
    await this.sql(`update holdfast_fence_watch set seen_to = '-infinity'`);
    await this.sql('truncate holdfast_fence_overdue');
    await this.sweep();
  }

  sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.dataSource.query<Row[]>(text, values);
  }

  async stop(): Promise<void> {
    await this.end();
    await this.database.drop();
  }
}

function handlerOf(name: string) {
  const definition = define(name);
  let calls = 0;

  @TccResource(definition)
  class BooksHandler implements TccHandler<typeof definition> {
    async try({ sql }: BranchContext, { n }: Amount): Promise<Amount | Refusal> {
      const { rowCount } = await sql.query(
        'update books set available = available - $1, frozen = frozen + $1 where available >= $1',
        [n],
      );
      failAtTimes();
      return rowCount === 1 ? { n } : refused('TOO_MUCH', `${n} are not there`);
    }

    async confirm({ sql }: BranchContext, { n }: Amount): Promise<void> {
      await sql.query('update books set frozen = frozen - $1, settled = settled + $1', [n]);
      failAtTimes();
    }

    async cancel({ sql }: BranchContext, { n }: Amount): Promise<void> {
      await sql.query('update books set frozen = frozen - $1, available = available + $1', [n]);
      failAtTimes();
    }
  }

  function failAtTimes(): void {
    calls += 1;
    if (calls % FAILS_EVERY === 0) throw new Error('This handler fails at times');
  }

  return new BooksHandler();
}
