/** The services of which a checkout with a hung Confirm can be made. */
export const HANGING_SERVICES = ['payment', 'inventory'] as const;
export type HangingService = (typeof HANGING_SERVICES)[number];
