import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Outcome } from '@holdfast/client';
import { problem } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { PlaceOrder } from '@holdfast/shop';
import { DataSource } from 'typeorm';
import { OrderNumbers } from './order-number.js';

/** A checkout as it was written down before it began. */
export interface Checkout {
  readonly orderNo: string;
  readonly orderedAt: string;
  /** The same request had been taken before. */
  readonly repeated: boolean;
}

/** What became of a checkout, as far as an answer needs it. */
export type Decision = Pick<Outcome, 'xid' | 'outcome'> & {
  readonly reason: { readonly code: string; readonly message: string } | null;
};

interface CheckoutRow {
  readonly order_no: string;
  readonly ordered_at: Date;
  readonly request_hash: string;
}

/** Numbers that may be drawn for one order until one is free; the second is hardly ever needed. */
const DRAWS_MAX = 5;

/** The checkouts of this service: which order a request became, and what was decided. */
@Injectable()
export class CheckoutBook {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(OrderNumbers) private readonly numbers: OrderNumbers,
  ) {}

  /**
   * Gives a request its order number, durably: a repeat with the same key gets the same one.
   * @throws HttpProblem `IDEMPOTENCY_KEY_REUSED` if the key stands for another request.
   */
  async open(request: PlaceOrder, idempotencyKey: string | null): Promise<Checkout> {
    const orderedAt = request.orderedAt ? new Date(request.orderedAt) : new Date();
    const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const orderNo = this.numbers.mint(request.customerId, orderedAt);
      const written = await this.dataSource.query<{ order_no: string }[]>(
        `insert into checkouts (order_no, customer_id, ordered_at, idempotency_key, request_hash)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing
         returning order_no`,
        [orderNo, request.customerId, orderedAt, idempotencyKey, hash],
      );
      if (written.length > 0) return { orderNo, orderedAt: orderedAt.toISOString(), repeated: false };
      const earlier = idempotencyKey === null ? undefined : await this.findByKey(idempotencyKey, hash);
      if (earlier) return earlier;
    }
    throw new Error(`${DRAWS_MAX} order numbers in a row were taken`);
  }

  private async findByKey(idempotencyKey: string, hash: string): Promise<Checkout | undefined> {
    const [row] = await this.dataSource.query<CheckoutRow[]>(
      'select order_no, ordered_at, request_hash from checkouts where idempotency_key = $1',
      [idempotencyKey],
    );
    if (!row) return undefined;
    if (row.request_hash !== hash)
      throw new HttpProblem(
        problem(
          'IDEMPOTENCY_KEY_REUSED',
          `The key stands for order ${row.order_no}, which has another body.`,
        ),
      );
    return { orderNo: row.order_no, orderedAt: row.ordered_at.toISOString(), repeated: true };
  }

  /** Remembers the transaction of a checkout whose outcome is not known yet, so that it can be asked for. */
  async begun(orderNo: string, xid: string): Promise<void> {
    await this.dataSource.query('update checkouts set xid = $2 where order_no = $1 and xid is null', [
      orderNo,
      xid,
    ]);
  }

  /** Remembers a durable decision; it never changes, so writing it twice is harmless. */
  async decided(orderNo: string, { xid, outcome, reason }: Decision): Promise<void> {
    await this.dataSource.query(
      `update checkouts set xid = $2, outcome = $3, reason_code = $4, reason_message = $5 where order_no = $1`,
      [orderNo, xid, outcome, reason?.code, reason?.message],
    );
  }
}
