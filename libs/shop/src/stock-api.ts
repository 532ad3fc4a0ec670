import { z } from 'zod';
import { page } from './page.js';
import { Sku, StockCount } from './values.js';

/** `PUT /v1/stock`: how much of each SKU is available now, whatever is frozen or sold besides. */
export const StockPage = page(z.strictObject({ sku: Sku, available: StockCount }), ({ sku }) => sku);
export type StockPage = z.infer<typeof StockPage>;

/** `GET /v1/stock/{sku}` */
export const StockView = z.object({
  sku: Sku,
  available: z.int(),
  frozen: z.int(),
  sold: z.int(),
});
export type StockView = z.infer<typeof StockView>;
