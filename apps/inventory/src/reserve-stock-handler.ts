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
import { ReserveStock, type RefusalCode } from '@holdfast/shop';
import { freezeStock, type StockReservation } from './sql/freeze-stock.js';
import { lockStock } from './sql/lock-stock.js';
import { settleStock } from './sql/settle-stock.js';
import { grantStock, type Shortage } from './stock-granting.js';

type Reserve = typeof ReserveStock;
type Answer = Reservation<Reserve> | Refusal;

/** SKUs that a refusal names; there may be hundreds. */
const NAMED_MAX = 10;

/** Freezes stock for a checkout, sells it, or gives it back: two statements for a batch of Tries, one for the others. */
@TccResource(ReserveStock)
@Injectable()
export class ReserveStockHandler implements TccHandler<Reserve> {
  async try(ctx: BranchContext, input: Input<Reserve>): Promise<Answer> {
    const [answer] = await this.tryMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, input }]);
    return answer as Answer;
  }

  async confirm(ctx: BranchContext, reservation: Reservation<Reserve>): Promise<void> {
    await this.confirmMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async cancel(ctx: BranchContext, reservation: Reservation<Reserve>): Promise<void> {
    await this.cancelMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async tryMany({ sql }: BatchContext, items: readonly TryItem<Reserve>[]): Promise<Answer[]> {
    const skus = new Set(items.flatMap(({ input }) => input.lines.map(({ sku }) => sku)));
    const available = await lockStock(sql, [...skus]);
    const grants = grantStock(
      items.map(({ input }) => input.lines),
      available,
    );
    const reservations: StockReservation[] = [];
    const answers = items.map(({ xid, branchId }, index): Answer => {
      const grant = grants[index];
      if (!grant || 'short' in grant) return outOfStock(grant?.short ?? []);
      let pieces = 0;
      for (const [sku, quantity] of grant.granted) {
        reservations.push({ xid, branchId, sku, quantity });
        pieces += quantity;
      }
      return { pieces };
    });
    if (reservations.length > 0) await freezeStock(sql, reservations);
    return answers;
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<Reserve>[]): Promise<void> {
    assertSettled(items, await settleStock(sql, 'sold', items));
  }

  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<Reserve>[]): Promise<void> {
    assertSettled(items, await settleStock(sql, 'released', items));
  }
}

function outOfStock(short: readonly Shortage[]): Refusal {
  const named = short
    .slice(0, NAMED_MAX)
    .map(({ sku, wanted, left }) => `${sku} (${left} left of ${wanted})`);
  const others = short.length > NAMED_MAX ? ` and ${short.length - NAMED_MAX} more` : '';
  return refused('OUT_OF_STOCK' satisfies RefusalCode, `Out of stock: ${named.join(', ')}${others}`);
}

/** The reservations and what their Tries answered were written together, so they agree or the books are broken. */
function assertSettled(items: readonly SettleItem<Reserve>[], pieces: number): void {
  const expected = items.reduce((sum, { reservation }) => sum + reservation.pieces, 0);
  if (pieces !== expected) throw new Error(`${pieces} pieces are reserved, but ${expected} were promised`);
}
