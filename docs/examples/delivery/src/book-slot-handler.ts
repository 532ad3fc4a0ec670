import {
  TccResource,
  refused,
  type BranchContext,
  type Input,
  type Reservation,
  type TccHandler,
  type TryContext,
} from '@holdfast/participant';
import { Injectable } from '@nestjs/common';
import { BookSlot } from './book-slot.js';

@TccResource(BookSlot)
@Injectable()
export class BookSlotHandler implements TccHandler<typeof BookSlot> {
  async try({ sql }: TryContext, { slot }: Input<typeof BookSlot>) {
    const held = await sql.query(
      'update slots set free = free - 1, held = held + 1 where name = $1 and free > 0',
      [slot],
    );
    return held.rowCount === 1 ? { slot } : refused('SLOT_FULL', `No place is left in ${slot}`);
  }

  async confirm({ sql }: BranchContext, { slot }: Reservation<typeof BookSlot>) {
    await sql.query('update slots set held = held - 1, booked = booked + 1 where name = $1', [slot]);
  }

  async cancel({ sql }: BranchContext, { slot }: Reservation<typeof BookSlot>) {
    await sql.query('update slots set held = held - 1, free = free + 1 where name = $1', [slot]);
  }
}
