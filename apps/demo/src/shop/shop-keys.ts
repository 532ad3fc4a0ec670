import type { Faults } from './shop-faults.js';
import { TABLE_NAMES, tableColumns, tableFile } from './shop-tables.js';
import type { Field, ShopTables, Table, TableName } from './shop-tables.js';

interface Key<FieldName = string> {
  readonly fields: readonly FieldName[];
  readonly because: string;
  readonly ignoresCase?: true;
}

/** What stands only once in a file. A cancellation may name the same article twice, so it has no key. */
const KEYS: { readonly [Name in TableName]: readonly Key<Field<Name>>[] } = {
  products: [
    { fields: ['productId'], because: 'a product has one row, whatever its case', ignoresCase: true },
  ],
  customers: [{ fields: ['customerId'], because: 'a customer has one row' }],
  coupons: [{ fields: ['couponId'], because: 'a coupon has one row' }],
  coupon_grants: [{ fields: ['campaignId', 'customerId'], because: 'a grant has one row' }],
  baskets: [{ fields: ['basketId', 'line'], because: 'a position in a basket has one row' }],
  coupon_redemptions: [
    { fields: ['couponId', 'customerId'], because: 'a customer uses a coupon once' },
    { fields: ['basketId'], because: 'a basket has one coupon' },
  ],
  cancellations: [],
};

/** The fields whose values must stand in the field of the same name in another file. */
const REFERENCES: { readonly [Name in TableName]: { readonly [F in Field<Name>]?: TableName } } = {
  products: {},
  customers: {},
  coupons: {},
  coupon_grants: { campaignId: 'coupons', customerId: 'customers' },
  baskets: { customerId: 'customers', productId: 'products' },
  coupon_redemptions: { couponId: 'coupons', customerId: 'customers', basketId: 'baskets' },
  cancellations: { basketId: 'baskets', customerId: 'customers', productId: 'products' },
};

type Values = Readonly<Record<string, string | number>>;

/** Reports keys that stand twice, at the later row, and values that should stand in another file and do not. */
export function checkKeys(tables: ShopTables, faults: Faults): void {
  for (const name of TABLE_NAMES) {
    for (const key of KEYS[name]) checkUnique(tables[name], key, faults);
    const references: Readonly<Record<string, TableName | undefined>> = REFERENCES[name];
    for (const [field, target] of Object.entries(references))
      if (target) checkReference(tables[name], field, tables[target], faults);
  }
}

function checkUnique({ name, rows }: Table<TableName>, key: Key, faults: Faults): void {
  const firstLines = new Map<string, number>();
  const column = key.fields.map((field) => tableColumns(name)[field]?.name).join(', ');
  for (const { line, value } of rows) {
    const values: Values = value;
    const shown = key.fields.map((field) => values[field]).join(', ');
    const identity = key.ignoresCase ? shown.toLowerCase() : shown;
    const firstLine = firstLines.get(identity);
    if (firstLine === undefined) {
      firstLines.set(identity, line);
    } else {
      const text = `${shown} stands in line ${firstLine} already, but ${key.because}`;
      faults.add({ file: tableFile(name), line, column, text });
    }
  }
}

function checkReference(
  { name, rows }: Table<TableName>,
  field: string,
  target: Table<TableName>,
  faults: Faults,
): void {
  // A row that was left out of the target is a fault already; what refers to it is none.
  if (!target.isWhole) return;
  const column = tableColumns(name)[field]?.name;
  const known = new Set(target.rows.map(({ value }) => (value as Values)[field]));
  for (const { line, value } of rows) {
    const found = (value as Values)[field];
    if (known.has(found)) continue;
    faults.add({ file: tableFile(name), line, column, text: `${found} is not in ${tableFile(target.name)}` });
  }
}
