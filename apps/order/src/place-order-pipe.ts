import { Inject, Injectable, type PipeTransform } from '@nestjs/common';
import { fieldErrors, invalidRequest } from '@holdfast/service';
import { CustomerId, PlaceOrder } from '@holdfast/shop';
import { z } from 'zod';
import { CustomerBook } from './customer-book.js';
import { ORDER_SETTINGS, type OrderSettings } from './settings.js';

/** The fields that more than their form is asked of; what is malformed about them the schema says. */
const AskedFields = z.object({
  customerId: CustomerId.optional().catch(undefined),
  orderedAt: z.unknown().optional(),
  mode: z.unknown().optional(),
});

type FieldErrors = ReturnType<typeof fieldErrors>;

/** Checks an order before anything is frozen for it: all that is wrong is told at once, field by field. */
@Injectable()
export class PlaceOrderPipe implements PipeTransform<unknown, Promise<PlaceOrder>> {
  constructor(
    private readonly customers: CustomerBook,
    @Inject(ORDER_SETTINGS) private readonly settings: OrderSettings,
  ) {}

  async transform(body: unknown): Promise<PlaceOrder> {
    const parsed = PlaceOrder.safeParse(body);
    const asked: Partial<z.output<typeof AskedFields>> = AskedFields.safeParse(body).data ?? {};
    const errors = [
      ...fieldErrors(parsed.error?.issues ?? []),
      ...(await this.customerErrors(asked.customerId)),
      ...this.replayErrors(asked),
    ];
    if (!parsed.success || errors.length > 0) throw invalidRequest(errors);
    return parsed.data;
  }

  private async customerErrors(customerId: string | undefined): Promise<FieldErrors> {
    if (customerId === undefined || (await this.customers.find(customerId))) return [];
    return [{ path: '/customerId', message: `there is no customer ${customerId}` }];
  }

  private replayErrors({ orderedAt, mode }: { orderedAt?: unknown; mode?: unknown }): FieldErrors {
    if (this.settings.REPLAY_MODE) {
      if (mode !== 'registered' || this.settings.PAYMENT_URL) return [];
      return [{ path: '/mode', message: 'needs PAYMENT_URL in the configuration of this service' }];
    }
    return Object.entries({ orderedAt, mode })
      .filter(([, value]) => value !== undefined)
      .map(([field]) => ({ path: `/${field}`, message: 'is accepted only in replay mode' }));
  }
}
