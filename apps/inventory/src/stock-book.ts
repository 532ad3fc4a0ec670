import { Injectable } from '@nestjs/common';
import type { StockPage, StockView } from '@holdfast/shop';
import { DataSource } from 'typeorm';

/** A row as PostgreSQL gives it: a bigint is text. */
interface StockRow {
  readonly sku: string;
  readonly available: string;
  readonly frozen: string;
  readonly sold: string;
}

/** The stock as people and programs outside of checkouts see it. */
@Injectable()
export class StockBook {
  constructor(private readonly dataSource: DataSource) {}

  /** Sets what is available. The rows are locked in the order of the SKUs, like everywhere. */
  async load(items: StockPage['items']): Promise<void> {
    await this.dataSource.query(
      `insert into stock (sku, available)
       select * from unnest ($1::text[], $2::bigint[]) as given (sku, available)
        order by given.sku collate "C"
       on conflict (sku) do update set available = excluded.available`,
      [items.map(({ sku }) => sku), items.map(({ available }) => available)],
    );
  }

  async find(sku: string): Promise<StockView | undefined> {
    const [row] = await this.dataSource.query<StockRow[]>('select * from stock where sku = $1', [sku]);
    return row && viewOf(row);
  }

  /** SKUs after one, in their order. */
  async list(after: string, limit: number): Promise<StockView[]> {
    const rows = await this.dataSource.query<StockRow[]>(
      'select * from stock where sku > $1 order by sku limit $2',
      [after, limit],
    );
    return rows.map(viewOf);
  }
}

function viewOf({ sku, available, frozen, sold }: StockRow): StockView {
  return { sku, available: Number(available), frozen: Number(frozen), sold: Number(sold) };
}
