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
import { FreezePayment, type RefusalCode } from '@holdfast/shop';
import { freezeAmounts, type BranchAmount } from './sql/freeze-amounts.js';
import { keyOf, lockWallets } from './sql/lock-wallets.js';
import { settleAmounts } from './sql/settle-amounts.js';

type Freeze = typeof FreezePayment;
type Answer = Reservation<Freeze> | Refusal;

/** Freezes a customer's money for a checkout, pays it to the merchant, or gives it back. */
@TccResource(FreezePayment)
@Injectable()
export class FreezePaymentHandler implements TccHandler<Freeze> {
  async try(ctx: BranchContext, input: Input<Freeze>): Promise<Answer> {
    const [answer] = await this.tryMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, input }]);
    return answer as Answer;
  }

  async confirm(ctx: BranchContext, reservation: Reservation<Freeze>): Promise<void> {
    await this.confirmMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async cancel(ctx: BranchContext, reservation: Reservation<Freeze>): Promise<void> {
    await this.cancelMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  /** In the order of the items, as long as each wallet's money lasts. */
  async tryMany({ sql }: BatchContext, items: readonly TryItem<Freeze>[]): Promise<Answer[]> {
    const left = await lockWallets(
      sql,
      items.map(({ input }) => input),
    );
    const amounts: BranchAmount[] = [];
    const answers = items.map(({ xid, branchId, input }): Answer => {
      const { customerId, currency } = input;
      const key = keyOf(input);
      const available = left.get(key);
      const wanted = BigInt(input.amountMinor);
      if (available === undefined) return no('ACCOUNT_UNKNOWN', `${customerId} has no wallet in ${currency}`);
      if (wanted > available)
        return no(
          'INSUFFICIENT_FUNDS',
          `${customerId} has ${available} ${currency} of the ${wanted} to be paid`,
        );
      left.set(key, available - wanted);
      const reservation = { customerId, currency, amountMinor: String(wanted) };
      amounts.push({ xid, branchId, ...reservation });
      return reservation;
    });
    if (amounts.length > 0) await freezeAmounts(sql, amounts);
    return answers;
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<Freeze>[]): Promise<void> {
    assertSettled(items, await settleAmounts(sql, 'confirm', items.map(amountOf)));
  }

  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<Freeze>[]): Promise<void> {
    assertSettled(items, await settleAmounts(sql, 'cancel', items.map(amountOf)));
  }
}

function no(code: RefusalCode, message: string): Refusal {
  return refused(code, message);
}

function amountOf({ xid, branchId, reservation }: SettleItem<Freeze>): BranchAmount {
  return { xid, branchId, ...reservation };
}

/** Wallets are never removed, so what a Try froze is there, or the books are broken. */
function assertSettled(items: readonly SettleItem<Freeze>[], settled: number): void {
  if (settled !== items.length) throw new Error(`${settled} of ${items.length} payments have their wallet`);
}
