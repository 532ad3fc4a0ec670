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
import { LockCoupon } from '@holdfast/shop';
import { objectionTo } from './coupon-rules.js';
import { keyOf, lockGrants } from './sql/lock-grants.js';
import { settleGrants } from './sql/settle-grants.js';
import { takeGrants, type TakenGrant } from './sql/take-grants.js';

type Lock = typeof LockCoupon;
type Answer = Reservation<Lock> | Refusal;

/** Locks a customer's coupon for a checkout, uses it up, or frees it. */
@TccResource(LockCoupon)
@Injectable()
export class LockCouponHandler implements TccHandler<Lock> {
  async try(ctx: BranchContext, input: Input<Lock>): Promise<Answer> {
    const [answer] = await this.tryMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, input }]);
    return answer as Answer;
  }

  async confirm(ctx: BranchContext, reservation: Reservation<Lock>): Promise<void> {
    await this.confirmMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  async cancel(ctx: BranchContext, reservation: Reservation<Lock>): Promise<void> {
    await this.cancelMany(ctx, [{ xid: ctx.xid, branchId: ctx.branchId, reservation }]);
  }

  /** In the order of the items: of two checkouts with one coupon the first gets it. */
  async tryMany({ sql }: BatchContext, items: readonly TryItem<Lock>[]): Promise<Answer[]> {
    const held = await lockGrants(
      sql,
      items.map(({ input }) => input),
    );
    const taken: TakenGrant[] = [];
    const answers = items.map(({ xid, branchId, input }): Answer => {
      const key = keyOf(input);
      const coupon = held.get(key);
      const objection = objectionTo(input, coupon);
      if (objection || !coupon) return refused(objection?.code ?? 'COUPON_UNKNOWN', objection?.message);
      held.set(key, { ...coupon, state: 'locked' });
      const { couponCode, customerId, discountMinor } = input;
      taken.push({ xid, branchId, couponCode, customerId, discountMinor });
      return { couponCode, customerId };
    });
    if (taken.length > 0) await takeGrants(sql, taken);
    return answers;
  }

  async confirmMany({ sql }: BatchContext, items: readonly SettleItem<Lock>[]): Promise<void> {
    assertSettled(items, await settleGrants(sql, 'used', items.map(lockedBy)));
  }

  async cancelMany({ sql }: BatchContext, items: readonly SettleItem<Lock>[]): Promise<void> {
    assertSettled(items, await settleGrants(sql, 'free', items.map(lockedBy)));
  }
}

function lockedBy({ xid, branchId, reservation }: SettleItem<Lock>) {
  return { xid, branchId, ...reservation };
}

/** A tried branch holds its coupon, or the books are broken. */
function assertSettled(items: readonly SettleItem<Lock>[], settled: number): void {
  if (settled !== items.length)
    throw new Error(`${settled} of ${items.length} coupons are locked as promised`);
}
