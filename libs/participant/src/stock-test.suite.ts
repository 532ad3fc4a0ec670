import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { BranchDefinition } from '@holdfast/protocol';
import { ParticipantDriver, type TestDatabase } from '@holdfast/testing';
import type { TccHandler } from './handler.js';
import type { ParticipantOptions } from './participant-options.js';
import {
  BatchHandler,
  OneByOneHandler,
  addStock,
  stockDataSource,
  stockDatabase,
  type Stock,
} from './stock.suite.js';

/** A stock of its own for one spec file, whose deadlocks are found quickly and whose failures are not logged. */
export class StockTest {
  /** The statements of each SQL transaction that was committed. */
  readonly commits: number[] = [];
  #database: TestDatabase | undefined;
  #dataSource: DataSource | undefined;
  #skus = 0;

  async open(): Promise<void> {
    Logger.overrideLogger(false);
    const { dataSource, database } = await stockDatabase();
    await dataSource.destroy();
    this.#database = database;
    this.#dataSource = await stockDataSource(database.url, {
      options: '-c deadlock_timeout=20ms',
    }).initialize();
  }

  async close(): Promise<void> {
    await this.#dataSource?.destroy();
    await this.#database?.drop();
  }

  get url(): string {
    return this.#database?.url ?? '';
  }

  get dataSource(): DataSource {
    return this.#dataSource as DataSource;
  }

  /** A SKU of its own. */
  async newSku(quantity = 100): Promise<string> {
    const sku = `SKU-${++this.#skus}`;
    await addStock(this.dataSource, sku, quantity);
    return sku;
  }

  /** An instance of the participant. */
  async start(
    handlers: TccHandler<BranchDefinition> | readonly TccHandler<BranchDefinition>[],
    options: Partial<ParticipantOptions> = {},
  ): Promise<ParticipantDriver> {
    const observer = {
      ...options.observer,
      committed: (statements: number) => void this.commits.push(statements),
    };
    return ParticipantDriver.start(
      { participant: 'stock', dataSource: this.dataSource, ...options, observer },
      Array.isArray(handlers) ? handlers : [handlers],
    );
  }
}

/** The handlers of the stock with some of their methods replaced. */
export const oneByOne = (methods: Partial<TccHandler<Stock>>) =>
  Object.assign(new OneByOneHandler(), methods);
export const inBatches = (methods: Partial<TccHandler<Stock>>) => Object.assign(new BatchHandler(), methods);

export function times<T>(count: number, make: (position: number) => T): T[] {
  return Array.from({ length: count }, (_, position) => make(position));
}

export function outcomes(replies: readonly { readonly outcome: string }[]): string[] {
  return replies.map(({ outcome }) => outcome);
}
