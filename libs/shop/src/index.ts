export { CreateOrder, FreezePayment, LockCoupon, OrderLine, OrderNo, ReserveStock } from './branches.js';
export { Coupon, CouponPage, GrantPage, GrantState } from './coupon-api.js';
export type { CouponView, GrantView } from './coupon-api.js';
export { CheckoutMode, Customer, CustomerPage, OrderAnswer, OrderView, PlaceOrder } from './order-api.js';
export { FreezeAnswer, FreezeRequest, WalletPage } from './payment-api.js';
export type { WalletView } from './payment-api.js';
export { REFUSALS } from './refusals.js';
export type { RefusalCode } from './refusals.js';
export { StockPage, StockView } from './stock-api.js';
export {
  AMOUNT_MINOR_MAX,
  Address,
  CouponCode,
  Currency,
  CustomerId,
  LINES_MAX,
  PAGE_ROWS_MAX,
  QUANTITY_MAX,
  Sku,
} from './values.js';
