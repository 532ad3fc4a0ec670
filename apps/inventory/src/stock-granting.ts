/** So much of a SKU. */
export interface StockLine {
  readonly sku: string;
  readonly quantity: number;
}

/** A SKU of which less is left than is wanted. */
export interface Shortage {
  readonly sku: string;
  readonly wanted: number;
  readonly left: number;
}

/** What a branch gets: each SKU once, with the quantities of its lines added up; or what is short, and then nothing. */
export type Grant =
  { readonly granted: ReadonlyMap<string, number> } | { readonly short: readonly Shortage[] };

/**
 * Grants stock to branches in their order, as long as it lasts. A branch that is short of one SKU gets nothing, and
 * leaves what it would have got to those after it.
 * @param available what is left of each SKU; a SKU that is not there has none.
 */
export function grantStock(
  branches: readonly (readonly StockLine[])[],
  available: ReadonlyMap<string, number>,
): Grant[] {
  const left = new Map(available);
  return branches.map((lines) => {
    const wanted = quantityBySku(lines);
    const short: Shortage[] = [];
    for (const [sku, quantity] of wanted)
      if (quantity > (left.get(sku) ?? 0)) short.push({ sku, wanted: quantity, left: left.get(sku) ?? 0 });
    if (short.length > 0) return { short };
    for (const [sku, quantity] of wanted) left.set(sku, (left.get(sku) ?? 0) - quantity);
    return { granted: wanted };
  });
}

function quantityBySku(lines: readonly StockLine[]): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  return wanted;
}
