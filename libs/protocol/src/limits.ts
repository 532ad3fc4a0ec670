/** Every limit of the protocol in one place; each is tested at its edge. */

/** Bytes of one branch's input as JSON. */
export const INPUT_BYTES_MAX = 256 * 1024;
/** Bytes of one REST request. */
export const REQUEST_BYTES_MAX = 1024 * 1024;
/** Begins of one request, and the bytes of that request. */
export const BEGINS_MAX = 256;
export const BEGINS_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of what a Try answers (the reservation) as JSON. It travels in replies and stands in the transaction's row. */
export const ANSWER_BYTES_MAX = 64 * 1024;
/** Branches of one transaction. */
export const BRANCHES_MAX = 32;
/** Characters of a transaction's name, a participant, a resource, a branchId. */
export const NAME_LENGTH_MAX = 64;
/** Characters of the initiator's own number. */
export const REFERENCE_LENGTH_MAX = 128;
/** Characters of an idempotency key. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;
/** Characters of the name of a credential's owner. */
export const OWNER_LENGTH_MAX = 128;
/** Characters of a code, such as `OUT_OF_STOCK`. */
export const CODE_LENGTH_MAX = 64;
/** Characters of a reason or an error's text. Longer ones are cut, never refused. */
export const TEXT_LENGTH_MAX = 1024;
/** Rows of a participant's fence in one question about them, and in its answer. */
export const FENCE_BATCH_MAX = 500;
/** Resources that one participant announces. */
export const RESOURCES_MAX = 256;
/** The shortest and the longest time that a transaction may take to be decided, and the one where none is given. */
export const TIMEOUT_MS_MIN = 100;
export const TIMEOUT_MS_MAX = 24 * 60 * 60 * 1000;
export const TIMEOUT_MS_DEFAULT = 30_000;
/** How far ahead the time may be before which a transaction must not be confirmed. */
export const COOLING_OFF_MS_MAX = 30 * 24 * 60 * 60 * 1000;
/** The longest that a request may wait for an outcome, and the one where none is given. */
export const WAIT_MS_MAX = 60_000;
export const WAIT_MS_DEFAULT = 5_000;
/** Transactions on one page of a list. */
export const LIST_LIMIT_MAX = 200;
/** The widest window of end times that a list may ask for. */
export const LIST_WINDOW_MS_MAX = 24 * 60 * 60 * 1000;
/** Transactions of one batch of an operator's actions, and how many may be named one by one. */
export const BATCH_ITEMS_MAX = 10_000;
export const BATCH_XIDS_MAX = 1_000;
/** Actions a second of one batch, and the rate where none is given. */
export const BATCH_RATE_MAX = 1_000;
export const BATCH_RATE_DEFAULT = 20;
/** Characters of the evidence for a forced end. */
export const EVIDENCE_LENGTH_MAX = 8_192;
