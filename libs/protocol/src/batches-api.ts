import { z } from 'zod';
import { ActionReason } from './actions-api.js';
import { Xid } from './identifiers.js';
import { BATCH_ITEMS_MAX, BATCH_RATE_DEFAULT, BATCH_RATE_MAX, BATCH_XIDS_MAX } from './limits.js';
import { nextCursor, pageQuery } from './page-query.js';
import { Time } from './time.js';
import { SelectionFilter } from './transaction-list-api.js';

/** What a batch may do. Never force-resolve: that is one branch, with evidence. */
export const BatchAction = z.enum(['retry', 'pause', 'resume', 'cancel']);
export type BatchAction = z.infer<typeof BatchAction>;

/** Which transactions: these, or all unresolved ones that fit. */
export const BatchSelection = z
  .strictObject({ ...SelectionFilter.shape, xids: z.array(Xid).min(1).max(BATCH_XIDS_MAX).optional() })
  .refine((selection) => Object.keys(selection).length > 0, 'name at least one filter, or xids')
  .refine(
    (selection) => selection.xids === undefined || Object.keys(selection).length === 1,
    'give xids, or filters',
  )
  .meta({ id: 'BatchSelection' });
export type BatchSelection = z.output<typeof BatchSelection>;

/** `POST /v1/batches` */
export const BatchRequest = z
  .object({
    selection: BatchSelection,
    action: BatchAction,
    dryRun: z.boolean().default(false).describe('Says what it would do; nothing is stored or done.'),
    ratePerSecond: z.int().min(1).max(BATCH_RATE_MAX).default(BATCH_RATE_DEFAULT),
    reason: ActionReason,
  })
  .meta({ id: 'BatchRequest' });
export type BatchRequest = z.output<typeof BatchRequest>;

/** The answer to a dry run. */
export const BatchPreview = z
  .object({
    dryRun: z.literal(true),
    action: BatchAction,
    total: z.int().max(BATCH_ITEMS_MAX),
    xids: z.array(Xid).describe('The first of them.'),
  })
  .meta({ id: 'BatchPreview' });
export type BatchPreview = z.infer<typeof BatchPreview>;

/**
 * Where one of a batch stands. `skipped`: it has changed since the batch was made, or what is asked no longer applies;
 * `failed`: whether it was done is unknown.
 */
export const BatchItemState = z.enum(['pending', 'done', 'skipped', 'failed']);
export type BatchItemState = z.infer<typeof BatchItemState>;

/** A batch acts on the transactions that were selected when it was made, and on no other. */
export const BatchView = z
  .object({
    batchId: z.uuid(),
    action: BatchAction,
    reason: z.string(),
    ratePerSecond: z.int(),
    state: z.enum(['running', 'done', 'stopped']),
    createdBy: z.string(),
    createdAt: Time,
    endedAt: Time.nullable(),
    total: z.int(),
    counts: z.object({ pending: z.int(), done: z.int(), skipped: z.int(), failed: z.int() }),
  })
  .meta({ id: 'Batch' });
export type BatchView = z.infer<typeof BatchView>;

/** `GET /v1/batches/{batchId}/items` */
export const BatchItemsQuery = z.object({ state: BatchItemState.optional(), ...pageQuery });
export type BatchItemsQuery = z.output<typeof BatchItemsQuery>;

export const BatchItemList = z
  .object({
    items: z.array(
      z
        .object({
          xid: Xid,
          etag: z.string().describe('How it stood when the batch was made.'),
          state: BatchItemState,
          detail: z.string().nullable().describe('Why it was skipped, or failed.'),
          at: Time.nullable().describe('When it was done, skipped or failed.'),
        })
        .meta({ id: 'BatchItem' }),
    ),
    next: nextCursor,
  })
  .meta({ id: 'BatchItemList' });
export type BatchItemList = z.infer<typeof BatchItemList>;
