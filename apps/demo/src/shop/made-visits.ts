import { curve, Weighted, type Draws } from './draws.js';
import { compareText, toTime, type Customer } from './shop.js';

/** One customer's coming to the made shop, at the end of which there is a basket. */
export interface Visit {
  readonly customer: Customer;
  readonly orderedAt: string;
  /** 1 for a household; a trader buys the usual quantities so many times over. */
  readonly scale: number;
  /** The customer's visit less than an hour before, if this one follows it at once. */
  readonly follows?: Visit;
}

/** The first day, a Monday, of so many weeks. */
export const MADE_FIRST_DAY = '2025-08-04';
const MADE_WEEKS = 14;

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

/** Orders by weekday from Monday; the shop is closed on Saturdays. */
const WEEKDAYS = [16, 16, 19, 23, 16, 0, 10];
/** Orders by hour from 06:00 to 19:59. */
const HOURS = [0.1, 0.1, 3, 9, 13, 11, 16, 13, 13.5, 11, 5, 3, 0.8, 0.6];
const FIRST_HOUR = 6;
/** The last week has so many times the orders of the first. */
const GROWTH = 1.6;

const BASKETS_OF_CUSTOMER = curve(
  '0% 1, 65.1% 1.99, 83.8% 2.99, 91.5% 3.99, 94.5% 4.99, 96.7% 5.99, 97.5% 6.99, 98.5% 9, 99.5% 15, 100% 31',
);
/** How many times the usual quantities a customer buys; those who come often are more likely to trade. */
const SCALES = curve('0% 1, 68% 1.99, 82% 2.99, 90% 4, 94% 7, 97% 14, 98.6% 26, 99.6% 46, 100% 100');
const FREQUENT_BASKETS_MIN = 8;
const FREQUENT_SCALE_SHARE = 0.6;

/** Of a customer's further visits, the share that follows the one before within the hour, and how soon. */
const FOLLOWING_SHARE = 0.22;
const FOLLOWING_MINUTES = curve('0% 0, 40% 2, 60% 10, 80% 30, 100% 58');

const COUNTRIES: readonly (readonly [country: string, weight: number])[] = [
  ['United Kingdom', 907],
  ['Germany', 24],
  ['France', 22],
  ['Belgium', 5],
  ['Spain', 5],
  ['Norway', 4],
  ['Denmark', 4],
  ['Finland', 3],
  ['Channel Islands', 3],
  ['Australia', 3],
  ['Sweden', 3],
  ['Poland', 3],
  ['Portugal', 3],
  ['Netherlands', 3],
  ['Switzerland', 2],
  ['Italy', 2],
  ['Japan', 2],
  ['Unspecified', 1],
  ['Canada', 1],
];

/** Invents customers until they make so many visits together. In order of time. */
export function makeVisits(draws: Draws, count: number): Visit[] {
  const times = new Times(draws);
  const countries = new Weighted(COUNTRIES, ([, weight]) => weight);
  const visits: Visit[] = [];
  let number = 10_000;
  while (visits.length < count) {
    number += draws.int(1, 9);
    const customer = { customerId: String(number), country: countries.draw(draws)[0] };
    const baskets = Math.min(Math.floor(draws.value(BASKETS_OF_CUSTOMER)), count - visits.length);
    const scale = Math.floor(draws.value(SCALES, baskets >= FREQUENT_BASKETS_MIN ? FREQUENT_SCALE_SHARE : 0));
    let last: Visit | undefined;
    for (let basket = 0; basket < baskets; basket += 1) {
      const follows = draws.chance(FOLLOWING_SHARE) ? last : undefined;
      const orderedAt = follows ? times.soonAfter(follows.orderedAt) : times.any();
      last = { customer, orderedAt, scale, ...(follows && { follows }) };
      visits.push(last);
    }
  }
  return visits.sort((a, b) => compareText(a.orderedAt, b.orderedAt));
}

/** Draws times of orders, to the minute. */
class Times {
  private readonly days: Weighted<number>;
  private readonly hours: Weighted<number>;

  constructor(private readonly draws: Draws) {
    const days = [...Array(MADE_WEEKS * 7).keys()];
    const growth = (day: number) => 1 + ((GROWTH - 1) * day) / days.length;
    this.days = new Weighted(days, (day) => (WEEKDAYS[day % 7] ?? 0) * growth(day));
    this.hours = new Weighted([...HOURS.keys()], (index) => HOURS[index] ?? 0);
  }

  any(): string {
    const { draws } = this;
    const hour = FIRST_HOUR + this.hours.draw(draws);
    const minute = 60 * hour + draws.int(0, 59);
    return toTime(Date.parse(MADE_FIRST_DAY) + this.days.draw(draws) * DAY_MS + minute * MINUTE_MS);
  }

  soonAfter(time: string): string {
    return toTime(Date.parse(time) + Math.floor(this.draws.value(FOLLOWING_MINUTES)) * MINUTE_MS);
  }
}
