import { defineBranch } from '@holdfast/participant';
import { z } from 'zod';

/** Books a place in a delivery slot. Initiators import this file, too. */
export const BookSlot = defineBranch({
  resource: 'delivery.book-slot',
  participant: 'delivery',
  input: z.object({ slot: z.string().max(40) }),
  reservation: z.object({ slot: z.string() }),
});
