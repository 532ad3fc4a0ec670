import { Injectable } from '@nestjs/common';
import type { Customer, CustomerPage } from '@holdfast/shop';
import { DataSource } from 'typeorm';

@Injectable()
export class CustomerBook {
  constructor(private readonly dataSource: DataSource) {}

  /** Adds customers, or moves those that are known already. */
  async load(items: CustomerPage['items']): Promise<void> {
    await this.dataSource.query(
      `insert into customers (customer_id, country)
       select * from unnest ($1::text[], $2::text[]) as given (customer_id, country)
        order by given.customer_id collate "C"
       on conflict (customer_id) do update set country = excluded.country`,
      [items.map(({ customerId }) => customerId), items.map(({ country }) => country)],
    );
  }

  async find(customerId: string): Promise<Customer | undefined> {
    const [row] = await this.dataSource.query<{ country: string }[]>(
      'select country from customers where customer_id = $1',
      [customerId],
    );
    return row && { customerId, country: row.country };
  }
}
