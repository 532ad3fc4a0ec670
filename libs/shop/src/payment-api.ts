import { BranchId, Xid } from '@holdfast/protocol';
import { z } from 'zod';
import { FreezePayment } from './branches.js';
import { page } from './page.js';
import { Balance, Currency, CustomerId } from './values.js';

/** `PUT /v1/wallets`: what is available in each now, whatever is frozen besides. The difference is booked. */
export const WalletPage = page(
  z.strictObject({ customerId: CustomerId, currency: Currency, availableMinor: Balance }),
  ({ customerId, currency }) => `${customerId} in ${currency}`,
);
export type WalletPage = z.infer<typeof WalletPage>;

/** `GET /v1/wallets/{customerId}/{currency}`; amounts in digits. */
export interface WalletView {
  readonly customerId: string;
  readonly currency: string;
  readonly availableMinor: string;
  readonly frozenMinor: string;
}

/** `POST /v1/freezes`: the payment service registers its own branch of the caller's transaction, and tries it. */
export const FreezeRequest = z.strictObject({
  xid: Xid,
  branchId: BranchId,
  input: FreezePayment.input,
});
export type FreezeRequest = z.infer<typeof FreezeRequest>;

export const FreezeAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('tried'), answer: FreezePayment.reservation }),
  z.object({ outcome: z.literal('refused'), code: z.string(), message: z.string() }),
]);
export type FreezeAnswer = z.infer<typeof FreezeAnswer>;
