import { Injectable } from '@nestjs/common';
import {
  TccResource,
  refused,
  type BatchContext,
  type BranchContext,
  type Input,
  type Refusal,
  type Reservation,
  type SettleItem,
  type TccHandler,
  type TryItem,
} from '@holdfast/participant';
import { CreateOrder, type RefusalCode } from '@holdfast/shop';
import { insertOrders, type NewOrder } from './sql/insert-orders.js';
import { settleOrders } from './sql/settle-orders.js';

type Create = typeof CreateOrder;
type Answer = Reservation<Create> | Refusal;

/** Writes the order down as pending, then as paid, or closes it: one statement a batch. */
@TccResource(CreateOrder)
@Injectable()
export class CreateOrderHandler implements TccHandler<Create> {
  async try(ctx: BranchContext, input: Input<Create>): Promise<Answer> {
    const [answer] = await this.tryMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, input }]);
    return answer as Answer;
  }

  async confirm(ctx: BranchContext, reservation: Reservation<Create>): Promise<void> {
    await this.confirmMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async cancel(ctx: BranchContext, reservation: Reservation<Create>): Promise<void> {
    await this.cancelMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async tryMany({ sql }: BatchContext, items: readonly TryItem<Create>[]): Promise<Answer[]> {
    // Of two items with one number the first has it.
    const first = new Map<string, NewOrder>();
    const orders = items.map(({ xid, input }) => ({ xid, ...input }));
    for (const order of orders) if (!first.has(order.orderNo)) first.set(order.orderNo, order);
    const created = await insertOrders(sql, [...first.values()]);
    return orders.map((order): Answer => {
      const { orderNo } = order;
      if (created.has(orderNo) && first.get(orderNo) === order) return { orderNo };
      return refused('ORDER_NUMBER_TAKEN' satisfies RefusalCode, `There is an order ${orderNo} already`);
    });
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<Create>[]): Promise<void> {
    assertSettled(items, await settleOrders(sql, 'paid', items.map(orderNoOf)));
  }

  /** Why is not said here: that is the outcome's, which whoever started the checkout learns. */
  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<Create>[]): Promise<void> {
    assertSettled(items, await settleOrders(sql, 'closed', items.map(orderNoOf)));
  }
}

function orderNoOf({ reservation }: SettleItem<Create>): string {
  return reservation.orderNo;
}

/** A tried branch has its pending order, or the books are broken. */
function assertSettled(items: readonly SettleItem<Create>[], settled: number): void {
  if (settled !== items.length)
    throw new Error(`${settled} of ${items.length} orders are pending as promised`);
}
