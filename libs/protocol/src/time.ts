import { z } from 'zod';

/** A time as REST writes it, such as `2026-11-25T16:00:00.000Z`. */
export const Time = z.iso.datetime();
