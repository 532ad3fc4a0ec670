import { expect, test } from '@jest/globals';
import { Address } from '@holdfast/shop';
import { madeAddress } from './made-address.js';

test('a customer has one address, in the country and in the form of its postal codes', () => {
  const address = madeAddress('17941', 'United Kingdom');
  expect(address).toEqual(madeAddress('17941', 'United Kingdom'));
  expect(address).toMatchObject({ city: 'Norwich', country: 'United Kingdom' });
  expect(address.postcode).toMatch(/^NR\d \d[A-Z]{2}$/);
  expect(madeAddress('17942', 'United Kingdom')).not.toEqual(address);
});

test.each(['Germany', 'Unspecified', 'Atlantis', 'constructor'])('there is an address in %s', (country) => {
  expect(Address.parse(madeAddress('1', country))).toMatchObject({ country });
});
