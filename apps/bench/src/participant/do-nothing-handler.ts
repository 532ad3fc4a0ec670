import type { Type } from '@nestjs/common';
import { TccResource, type Reservation, type TccHandler, type TryItem } from '@holdfast/participant';
import type { BatchContext } from '@holdfast/participant';
import { doNothing } from '../work/equal-branches.js';

type DoNothing = ReturnType<typeof doNothing>;

/** Says yes to everything. Its fence is all that is written. */
class DoNothingHandler implements TccHandler<DoNothing> {
  async try(): Promise<Reservation<DoNothing>> {
    return {};
  }

  async confirm(): Promise<void> {}

  async cancel(): Promise<void> {}

  async tryMany(_: BatchContext, items: readonly TryItem<DoNothing>[]): Promise<Reservation<DoNothing>[]> {
    return items.map(() => ({}));
  }

  async confirmMany(): Promise<void> {}

  async cancelMany(): Promise<void> {}
}

export function doNothingHandler(participant: string): Type<TccHandler<DoNothing>> {
  @TccResource(doNothing(participant))
  class OfParticipant extends DoNothingHandler {}
  return OfParticipant;
}
