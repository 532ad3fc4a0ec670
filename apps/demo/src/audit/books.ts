/** What stands in the databases of the four services. Amounts are exact: a bigint of PostgreSQL is one here. */
export interface Books {
  readonly checkouts: readonly CheckoutRow[];
  readonly orders: readonly OrderRow[];
  readonly orderLines: readonly OrderLineRow[];
  readonly stock: readonly StockRow[];
  readonly reservations: readonly ReservationRow[];
  readonly grants: readonly GrantRow[];
  readonly wallets: readonly WalletRow[];
  readonly journal: readonly JournalRow[];
}

/** What the order service knows as the one who starts a checkout. */
export interface CheckoutRow {
  readonly orderNo: string;
  readonly idempotencyKey: string | null;
  readonly xid: string | null;
  readonly outcome: 'confirmed' | 'cancelled' | null;
  readonly reasonCode: string | null;
}

/** What it knows as the one who takes part in it; missing where its Try never came. */
export interface OrderRow {
  readonly orderNo: string;
  readonly xid: string;
  readonly status: 'pending' | 'paid' | 'closed';
  readonly customerId: string;
  readonly currency: string;
  readonly couponCode: string | null;
  readonly orderedAt: Date;
}

export interface OrderLineRow {
  readonly orderNo: string;
  readonly line: number;
  readonly sku: string;
  readonly quantity: bigint;
  readonly amountMinor: bigint;
  readonly discountMinor: bigint;
}

interface StockRow {
  readonly sku: string;
  readonly available: bigint;
  readonly frozen: bigint;
  readonly sold: bigint;
}

export interface ReservationRow {
  readonly xid: string;
  readonly branchId: string;
  readonly sku: string;
  readonly quantity: bigint;
  readonly state: 'frozen' | 'sold' | 'released';
}

export interface GrantRow {
  readonly couponCode: string;
  readonly customerId: string;
  readonly state: 'free' | 'locked' | 'used';
  readonly xid: string | null;
  readonly discountMinor: bigint | null;
}

export interface WalletRow {
  readonly customerId: string;
  readonly currency: string;
  readonly availableMinor: bigint;
  readonly frozenMinor: bigint;
}

export interface JournalRow {
  /** The xid, but for an opening. */
  readonly entry: string;
  readonly branchId: string;
  readonly movement: 'opening' | 'freeze' | 'confirm' | 'cancel';
  readonly account: 'available' | 'frozen' | 'revenue' | 'equity';
  readonly customerId: string;
  readonly currency: string;
  readonly amountMinor: bigint;
}
