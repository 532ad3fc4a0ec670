import { Injectable } from '@nestjs/common';
import type { WalletPage, WalletView } from '@holdfast/shop';
import { DataSource } from 'typeorm';

/** Wallets as people and programs outside of checkouts see them. */
@Injectable()
export class WalletBook {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Sets what is available, and books the difference as an opening balance. Wallets that are missing are made empty
   * first, so that the second statement finds and locks every one: nothing can change between a balance that is read
   * and the difference that is booked.
   */
  async load(items: WalletPage['items']): Promise<void> {
    const wallets = [items.map(({ customerId }) => customerId), items.map(({ currency }) => currency)];
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `insert into wallets (customer_id, currency)
         select * from unnest ($1::text[], $2::text[]) as given (customer_id, currency)
          order by given.customer_id collate "C", given.currency collate "C"
         on conflict do nothing`,
        wallets,
      );
      await manager.query(
        `with given as (
           select * from unnest ($1::text[], $2::text[], $3::bigint[]) as g (customer_id, currency, available_minor)
         ), before as (
           select customer_id, currency, wallets.available_minor
             from wallets join given using (customer_id, currency)
            order by customer_id, currency
              for update of wallets
         ), change as (
           select gen_random_uuid() as entry, customer_id, currency,
                  given.available_minor - before.available_minor as amount_minor
             from given join before using (customer_id, currency)
         ), moved as (
           update wallets
              set available_minor = wallets.available_minor + change.amount_minor
             from change
            where wallets.customer_id = change.customer_id and wallets.currency = change.currency
         )
         insert into journal (entry, branch_id, movement, account, customer_id, currency, amount_minor)
         select entry, '', 'opening', account, customer_id, currency, sign * amount_minor
           from change cross join (values ('equity', -1), ('available', 1)) as side (account, sign)
          where amount_minor <> 0`,
        [...wallets, items.map(({ availableMinor }) => String(availableMinor))],
      );
    });
  }

  async find(customerId: string, currency: string): Promise<WalletView | undefined> {
    const [row] = await this.dataSource.query<WalletView[]>(
      `select customer_id as "customerId", currency,
              available_minor as "availableMinor", frozen_minor as "frozenMinor"
         from wallets
        where customer_id = $1 and currency = $2`,
      [customerId, currency],
    );
    return row;
  }
}
