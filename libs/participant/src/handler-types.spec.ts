import { z } from 'zod';
import { defineBranch } from '@holdfast/protocol';
import { refused } from './refusal.js';
import { TccResource } from './tcc-resource.js';

const ReserveStock = defineBranch({
  resource: 'stock.reserve',
  participant: 'stock',
  input: z.object({ sku: z.string(), quantity: z.int().positive() }),
  reservation: z.object({ reservationId: z.string() }),
});

// The type check of the specs is the test: an error that does not occur is one.
test('a handler that lacks a method or has other types does not compile', () => {
  @TccResource(ReserveStock)
  class Fits {
    async try(_: unknown, { sku, quantity }: { sku: string; quantity: number }) {
      return quantity > 9 ? refused('TOO_MANY') : { reservationId: sku };
    }
    async confirm(_: unknown, { reservationId }: { reservationId: string }) {
      void reservationId;
    }
    async cancel() {}
  }

  // @ts-expect-error there is no cancel
  @TccResource(ReserveStock)
  class LacksCancel {
    async try() {
      return { reservationId: '1' };
    }
    async confirm() {}
  }

  // @ts-expect-error the input has no amount
  @TccResource(ReserveStock)
  class OtherInput {
    async try(_: unknown, { amount }: { amount: number }) {
      return { reservationId: String(amount) };
    }
    async confirm() {}
    async cancel() {}
  }

  // @ts-expect-error the reservation's id is a text
  @TccResource(ReserveStock)
  class OtherReservation {
    async try() {
      return { reservationId: 1 };
    }
    async confirm() {}
    async cancel() {}
  }

  expect([Fits, LacksCancel, OtherInput, OtherReservation]).toHaveLength(4);
});
