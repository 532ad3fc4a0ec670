import type { PlannedOrder } from '../shop/planned-order.js';
import type { ReplayAnswer } from './replay-answers.js';
import { Slots } from './slots.js';

/** An order, with what was answered to each of its taps. */
export interface AnsweredOrder {
  readonly order: PlannedOrder;
  readonly answers: readonly ReplayAnswer[];
}

export interface OrderQueueOptions {
  /** Requests under way at once, 2 at least: some orders go out in pairs. */
  readonly inFlightMax: number;
  /** Sends an order once. Never rejects. */
  readonly place: (order: PlannedOrder) => Promise<ReplayAnswer>;
  /** Resolves when an order has ended in every service, or will not in time. Never rejects. */
  readonly ended: (order: AnsweredOrder) => Promise<void>;
  /** So many orders go out now. */
  readonly onSent: (orders: number) => void;
  readonly onAnswered: (order: AnsweredOrder) => void;
}

/** Sends orders in their order, as fast as there is room; one that waits for another one lets later ones pass. */
export class OrderQueue {
  private readonly slots: Slots;

  constructor(private readonly options: OrderQueueOptions) {
    this.slots = new Slots(options.inFlightMax);
  }

  /** Resolves when all are answered. Stops sending when the signal is aborted. */
  async send(orders: readonly PlannedOrder[], signal: AbortSignal): Promise<AnsweredOrder[]> {
    const sent = new Map<string, Promise<AnsweredOrder[]>>();
    for (const group of groupsOf(orders)) {
      const after = sent.get(group[0]?.after ?? '');
      if (!after) await this.slots.take(tapsOf(group));
      if (signal.aborted) break;
      const sending = after ? this.sendAfter(after, group) : this.sendNow(group);
      for (const { orderKey } of group) sent.set(orderKey, sending);
    }
    const groups = await Promise.all(new Set(sent.values()));
    return groups.flat();
  }

  private async sendAfter(
    after: Promise<readonly AnsweredOrder[]>,
    group: readonly PlannedOrder[],
  ): Promise<AnsweredOrder[]> {
    await Promise.all((await after).map((order) => this.options.ended(order)));
    await this.slots.take(tapsOf(group));
    return this.sendNow(group);
  }

  /** The slots are taken. */
  private sendNow(group: readonly PlannedOrder[]): Promise<AnsweredOrder[]> {
    this.options.onSent(group.length);
    return Promise.all(group.map((order) => this.sendTaps(order)));
  }

  private async sendTaps(order: PlannedOrder): Promise<AnsweredOrder> {
    const taps = Array.from({ length: tapsOf([order]) }, async () => {
      const answer = await this.options.place(order);
      this.slots.give(1);
      return answer;
    });
    const answered = { order, answers: await Promise.all(taps) };
    this.options.onAnswered(answered);
    return answered;
  }
}

/** Orders that go out at the same moment: the two of a race, which are neighbours, or one alone. */
function groupsOf(orders: readonly PlannedOrder[]): PlannedOrder[][] {
  const groups: PlannedOrder[][] = [];
  for (const order of orders) {
    const last = groups.at(-1);
    const rival = last?.length === 1 ? last[0] : undefined;
    if (last && rival && isRace(rival) && isRace(order) && rival.basketId === order.basketId)
      last.push(order);
    else groups.push([order]);
  }
  return groups;
}

function isRace({ marks }: PlannedOrder): boolean {
  return marks.includes('COUPON_RACE');
}

/** How many requests these orders are: a second tap goes out with the first. */
function tapsOf(orders: readonly PlannedOrder[]): number {
  return orders.reduce((taps, { marks }) => taps + (marks.includes('SECOND_TAP') ? 2 : 1), 0);
}
