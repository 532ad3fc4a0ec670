import type { BatchAction, BatchItemState } from '@holdfast/protocol';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('batches')
@Index('batches_running', ['createdAt'], { where: `state = 'running'` })
@Check('batches_state_known', `state in ('running', 'done', 'stopped')`)
@Check('batches_ended_unless_running', `(ended_at is null) = (state = 'running')`)
export class BatchEntity {
  @PrimaryColumn('uuid', { name: 'batch_id' })
  batchId!: string;

  @Column('text')
  action!: BatchAction;

  @Column('text')
  reason!: string;

  @Column('integer', { name: 'rate_per_second' })
  ratePerSecond!: number;

  @Column('text', { default: 'running' })
  state!: 'running' | 'done' | 'stopped';

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('uuid', { name: 'claimed_by', nullable: true })
  claimedBy!: string | null;

  @Column('timestamptz', { name: 'claimed_until', default: () => 'now()' })
  claimedUntil!: Date;
}

@Entity('batch_items')
@Index('batch_items_pending', ['batchId', 'xid'], { where: `state = 'pending'` })
@Check('batch_items_state_known', `state in ('pending', 'done', 'skipped', 'failed')`)
export class BatchItemEntity {
  @PrimaryColumn('uuid', { name: 'batch_id' })
  batchId!: string;

  @PrimaryColumn('uuid')
  xid!: string;

  /** How it stood when the batch was made. */
  @Column('text')
  etag!: string;

  @Column('text', { default: 'pending' })
  state!: BatchItemState;

  /** Why it was skipped, or failed. */
  @Column('text', { nullable: true })
  detail!: string | null;

  @Column('timestamptz', { nullable: true })
  at!: Date | null;
}
