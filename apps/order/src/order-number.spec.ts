import { OrderNumbers, parseOrderNo } from './order-number.js';

const KEY = 'a key for the tests only';
const AT = new Date('2011-11-06T14:30:59.750Z');
const numbers = new OrderNumbers(KEY, () => 42);

test('an order number says when it was ordered, and which of a customer it is only to whoever has the key', () => {
  const orderNo = numbers.mint('17850', AT);
  expect(orderNo).toMatch(/^111106143059\d{5}00042\d{2}$/);
  expect(parseOrderNo(orderNo)).toEqual({
    orderedAt: new Date('2011-11-06T14:30:59.000Z'),
    customerDigits: numbers.customerDigits('17850'),
    randomDigits: '00042',
  });
  expect(numbers.customerDigits('17851')).not.toBe(numbers.customerDigits('17850'));
  expect(new OrderNumbers('another key of the tests', () => 42).mint('17850', AT)).not.toBe(orderNo);
});

test('every wrong digit and every swapped pair of neighbours is noticed', () => {
  for (let seed = 0; seed < 50; seed++) {
    const orderNo = new OrderNumbers(KEY).mint(
      `customer-${seed}`,
      new Date(AT.getTime() + seed * 86_400_000),
    );
    expect(parseOrderNo(orderNo)).toBeDefined();
    for (let at = 0; at < orderNo.length; at++) {
      const digit = Number(orderNo[at]);
      for (let other = 0; other < 10; other++) {
        if (other === digit) continue;
        expect(parseOrderNo(orderNo.slice(0, at) + other + orderNo.slice(at + 1))).toBeUndefined();
      }
      const [one, two] = [orderNo[at], orderNo[at + 1]];
      if (two === undefined || one === two) continue;
      expect(parseOrderNo(`${orderNo.slice(0, at)}${two}${one}${orderNo.slice(at + 2)}`)).toBeUndefined();
    }
  }
});

test.each(['', '1', '11110614305948210938174', 'x11106143059482109381742', '1111061430594821093817422'])(
  '%j is no order number',
  (text) => expect(parseOrderNo(text)).toBeUndefined(),
);

test('a time that does not exist is none, whatever the check digits say', () => {
  const body = '1102301430594821093817'; // the 30th of February
  const check = String(98n - ((BigInt(body) * 100n) % 97n)).padStart(2, '0');
  expect(parseOrderNo(body + check)).toBeUndefined();
});
