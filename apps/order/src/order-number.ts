import { createHmac, randomInt } from 'node:crypto';

/**
 * An order number has 24 digits:
 *
 *     111106143059 48210 93817 42
 *     time         cust. rand. check
 *
 * - the time of the order in UTC, from year to second, so that numbers sort by it;
 * - five digits from a keyed hash of the customer: whoever has the key finds a customer's orders together, nobody
 *   else learns who it is;
 * - five random digits, so that numbers can't be guessed from others; uniqueness is the database's matter;
 * - two check digits by ISO 7064 MOD 97-10 (as in an IBAN), which show every wrong digit and every swapped pair.
 */
const TIME_DIGITS = 12;
const FIVE_DIGITS = 100_000;
const PATTERN = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{5})(\d{5})(\d{2})$/;

export interface OrderNumberParts {
  readonly orderedAt: Date;
  readonly customerDigits: string;
  readonly randomDigits: string;
}

/** Makes order numbers with one key. */
export class OrderNumbers {
  /** @param draw a random whole number from 0 to less than the limit. */
  constructor(
    private readonly key: string,
    private readonly draw: (limit: number) => number = randomInt,
  ) {}

  /** @param orderedAt of the years 2000 to 2099. */
  mint(customerId: string, orderedAt: Date): string {
    const time = orderedAt
      .toISOString()
      .replaceAll(/\D/g, '')
      .slice(2, 2 + TIME_DIGITS);
    const body = time + this.customerDigits(customerId) + fiveDigits(this.draw(FIVE_DIGITS));
    return body + checkDigits(body);
  }

  customerDigits(customerId: string): string {
    const hash = createHmac('sha256', this.key).update(customerId).digest();
    return fiveDigits(Number(hash.readBigUInt64BE() % BigInt(FIVE_DIGITS)));
  }
}

/** What an order number says, or undefined if it is mistyped: no such time, or other check digits. */
export function parseOrderNo(text: string): OrderNumberParts | undefined {
  const match = PATTERN.exec(text);
  if (!match || BigInt(text) % 97n !== 1n) return undefined;
  const [, year, month, day, hour, minute, second, customerDigits = '', randomDigits = ''] = match;
  const time = `20${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const orderedAt = new Date(time);
  // A date that overflows (the 31st of June) is none.
  if (Number.isNaN(orderedAt.getTime()) || orderedAt.toISOString() !== time) return undefined;
  return { orderedAt, customerDigits, randomDigits };
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, '0');
}

/** So that the number with its check digits leaves a remainder of 1 when it is divided by 97. */
function checkDigits(body: string): string {
  return String(98n - ((BigInt(body) * 100n) % 97n)).padStart(2, '0');
}
