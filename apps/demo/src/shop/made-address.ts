import { createHash } from 'node:crypto';
import type { Address } from '@holdfast/shop';

/** A city of each country, and how its postal codes look: `#` is a digit, `@` a letter. */
const PLACES = new Map(
  Object.entries({
    Australia: { city: 'Adelaide', postcode: '50##' },
    Belgium: { city: 'Ghent', postcode: '90##' },
    Canada: { city: 'Halifax', postcode: 'B3@ #@#' },
    'Channel Islands': { city: 'Saint Helier', postcode: 'JE2 #@@' },
    Cyprus: { city: 'Larnaca', postcode: '60##' },
    'Czech Republic': { city: 'Brno', postcode: '6## ##' },
    Denmark: { city: 'Aarhus', postcode: '80##' },
    EIRE: { city: 'Cork', postcode: 'T12 @###' },
    Finland: { city: 'Tampere', postcode: '33###' },
    France: { city: 'Nantes', postcode: '44###' },
    Germany: { city: 'Bremen', postcode: '28###' },
    Israel: { city: 'Haifa', postcode: '3######' },
    Italy: { city: 'Turin', postcode: '101##' },
    Japan: { city: 'Kobe', postcode: '65#-00##' },
    Malta: { city: 'Valletta', postcode: 'VLT ####' },
    Netherlands: { city: 'Utrecht', postcode: '35## @@' },
    Norway: { city: 'Bergen', postcode: '50##' },
    Poland: { city: 'Gdansk', postcode: '80-###' },
    Portugal: { city: 'Porto', postcode: '4###-###' },
    Spain: { city: 'Valencia', postcode: '460##' },
    Sweden: { city: 'Uppsala', postcode: '75# ##' },
    Switzerland: { city: 'Basel', postcode: '40##' },
    'United Kingdom': { city: 'Norwich', postcode: 'NR# #@@' },
  }),
);
const ELSEWHERE = { city: 'Port Anywhere', postcode: '#####' };
const STREETS = ['Mill Lane', 'Station Road', 'Church Street', 'Quay Street', 'Orchard Way', 'Bridge Street'];
const LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ';

/** An address that nobody has, always the same for a customer. */
export function madeAddress(customerId: string, country: string): Address {
  const digest = createHash('sha256').update(customerId).digest();
  const place = PLACES.get(country) ?? ELSEWHERE;
  const byte = (index: number) => digest[index % digest.length] ?? 0;
  const postcode = place.postcode.replace(/[#@]/g, (sign, index: number) =>
    sign === '#' ? String(byte(index) % 10) : LETTERS.charAt(byte(index) % LETTERS.length),
  );
  const street = STREETS[byte(30) % STREETS.length] ?? '';
  return { line1: `${1 + (byte(31) % 200)} ${street}`, city: place.city, postcode, country };
}
