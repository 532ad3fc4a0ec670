import { TIMEOUT_MS_MAX, TIMEOUT_MS_MIN, durationBetween } from '@holdfast/protocol';
import { coordinatorSettings, fenceSettings, flag, foundationSettings, httpUrl } from '@holdfast/service';
import { z } from 'zod';

/** By this the settings are injected. */
export const ORDER_SETTINGS = Symbol('order settings');

export const OrderSettings = z.object({
  ...foundationSettings,
  ...fenceSettings,
  ...coordinatorSettings,
  /** Where checkouts in the mode `registered` ask for their payment; the other modes need none. */
  PAYMENT_URL: httpUrl.optional(),
  /** How long a checkout may take to be decided. */
  CHECKOUT_TIMEOUT: durationBetween(TIMEOUT_MS_MIN, TIMEOUT_MS_MAX).default('30s'),
  /** Secret with which the customer's digits of an order number are made. */
  ORDER_NUMBER_KEY: z.string().min(16, 'must have 16 characters at least'),
  /** Accepts orders of the past (`orderedAt`) and lets them choose their way into the coordinator (`mode`). */
  REPLAY_MODE: flag,
});
export type OrderSettings = z.output<typeof OrderSettings>;
