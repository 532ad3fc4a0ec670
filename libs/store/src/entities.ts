import type { AuditedAction, Reason, Role, StuckCode } from '@holdfast/protocol';
import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * The tables as TypeORM knows them: for lists, and for the test that holds them against the migrations. The hot path
 * uses the statements in sql/.
 */
@Entity('transactions')
@Index('transactions_due', ['wakeAt'], { where: 'ended_at is null' })
@Index('transactions_held', ['holder'], { where: 'ended_at is null' })
@Index('transactions_reference', ['reference', 'xid'], { where: 'reference is not null' })
@Index('transactions_ended', ['endedAt', 'xid'], { where: 'ended_at is not null' })
@Index('transactions_paused', ['xid'], { where: 'ended_at is null and paused_at is not null' })
@Index('transactions_hung', ['hungCode', 'xid'], { where: 'ended_at is null and hung_code is not null' })
@Index('transactions_contradicted', ['xid'], { where: 'contradicted' })
@Index('transactions_disputed', ['xid'], { where: 'contradicted and not acknowledged' })
@Index('transactions_forced', ['xid'], { where: 'forced' })
@Index('transactions_attempts', ['attemptsMax', 'xid'], { where: 'ended_at is null and attempts_max > 1' })
@Index('transactions_error', ['lastErrorCode', 'xid'], {
  where: 'ended_at is null and last_error_code is not null',
})
@Check(
  'transactions_phase_known',
  `phase in ('trying', 'confirming', 'confirmed', 'cancelling', 'cancelled')`,
)
@Check('transactions_wake_until_ended', '(wake_at is null) = (ended_at is not null or paused_at is not null)')
@Check('transactions_paused_only_open', 'paused_at is null or ended_at is null')
@Check('transactions_hung_only_open', 'hung_since is null or ended_at is null')
@Check('transactions_ended_when_final', `(ended_at is not null) = (phase in ('confirmed', 'cancelled'))`)
@Check('transactions_decided_once_left_trying', `(decided_at is null) = (phase = 'trying')`)
export class TransactionEntity {
  @PrimaryColumn('uuid')
  xid!: string;

  @Column('integer')
  version!: number;

  @Column('uuid', { nullable: true })
  holder!: string | null;

  @Column('smallint')
  format!: number;

  @Column('text')
  name!: string;

  @Column('text', { nullable: true })
  reference!: string | null;

  @Column('boolean')
  declared!: boolean;

  @Column('text')
  phase!: 'trying' | 'confirming' | 'confirmed' | 'cancelling' | 'cancelled';

  @Column('jsonb', { nullable: true })
  reason!: Reason | null;

  @Column('timestamptz', { name: 'began_at' })
  beganAt!: Date;

  @Column('timestamptz', { name: 'deadline_at' })
  deadlineAt!: Date;

  @Column('timestamptz', { name: 'wake_at', nullable: true })
  wakeAt!: Date | null;

  @Column('timestamptz', { name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('jsonb', { select: false })
  branches!: unknown;

  @Column('json', { select: false })
  progress!: unknown;

  @Column('text', { name: 'trace_parent', nullable: true, select: false })
  traceParent!: string | null;

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

  @Column('text', { name: 'paused_by', nullable: true })
  pausedBy!: string | null;

  @Column('text', { name: 'pause_reason', nullable: true })
  pauseReason!: string | null;

  @Column('text', { name: 'hung_code', nullable: true })
  hungCode!: StuckCode | null;

  @Column('timestamptz', { name: 'hung_since', nullable: true })
  hungSince!: Date | null;

  /** Those that it waits for beyond the limits. */
  @Column('jsonb', { name: 'hung_participants', nullable: true })
  hungParticipants!: string[] | null;

  /** A participant's fence stands against the decision. */
  @Column('boolean', { default: false })
  contradicted!: boolean;

  /** Operators have settled every contradiction of it. */
  @Column('boolean', { default: false })
  acknowledged!: boolean;

  /** An operator forced a branch. */
  @Column('boolean', { default: false })
  forced!: boolean;

  /** The most sendings that any of its branches needed of what the phase asks. */
  @Column('integer', { name: 'attempts_max', default: 1 })
  attemptsMax!: number;

  /** The latest error of a branch that has not followed. */
  @Column('text', { name: 'last_error_code', nullable: true })
  lastErrorCode!: string | null;

  @Column('timestamptz', { name: 'confirm_not_before', nullable: true })
  confirmNotBefore!: Date | null;

  @Column('timestamptz', { name: 'cooling_since', nullable: true })
  coolingSince!: Date | null;
}

@Entity('audit')
@Index('audit_xid', ['xid', 'id'], { where: 'xid is not null' })
@Index('audit_actor', ['actor', 'id'])
@Index('audit_participant', ['participant', 'id'], { where: 'participant is not null' })
@Index('audit_batch_id', ['batchId', 'id'], { where: 'batch_id is not null' })
export class AuditEntity {
  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('timestamptz')
  at!: Date;

  @Column('text')
  actor!: string;

  @Column('text')
  action!: AuditedAction;

  @Column('text')
  reason!: string;

  @Column('uuid', { nullable: true })
  xid!: string | null;

  @Column('text', { name: 'branch_id', nullable: true })
  branchId!: string | null;

  @Column('text', { nullable: true })
  participant!: string | null;

  @Column('uuid', { name: 'batch_id', nullable: true })
  batchId!: string | null;

  @Column('text', { nullable: true })
  evidence!: string | null;

  /** `applied`, `unchanged`, or the code with which it was turned down. */
  @Column('text')
  result!: string;
}

@Entity('idempotency_keys')
@Index('idempotency_keys_age', ['createdAt', 'xid'])
export class IdempotencyKeyEntity {
  @PrimaryColumn('text')
  scope!: string;

  @PrimaryColumn('text')
  key!: string;

  @Column('uuid')
  xid!: string;

  @Column('text', { name: 'body_hash' })
  bodyHash!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}

@Entity('instances')
export class InstanceEntity {
  @PrimaryColumn('uuid')
  instance!: string;

  @Column('timestamptz', { name: 'started_at', default: () => 'now()' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'heartbeat_at' })
  heartbeatAt!: Date;
}

@Entity('participants')
@Check(
  'participants_pause_whole',
  '(paused_at is null) = (paused_by is null) and (paused_at is null) = (pause_reason is null)',
)
export class ParticipantEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('timestamptz', { name: 'last_answer_at', nullable: true })
  lastAnswerAt!: Date | null;

  @Column('timestamptz', { name: 'set_aside_since', nullable: true })
  setAsideSince!: Date | null;

  /** Since when it is known that nobody reads its commands. */
  @Column('timestamptz', { name: 'unread_since', nullable: true })
  unreadSince!: Date | null;

  @Column('timestamptz', { name: 'paused_at', nullable: true })
  pausedAt!: Date | null;

  @Column('text', { name: 'paused_by', nullable: true })
  pausedBy!: string | null;

  @Column('text', { name: 'pause_reason', nullable: true })
  pauseReason!: string | null;
}

@Entity('resources')
export class ResourceEntity {
  @PrimaryColumn('text')
  participant!: string;

  @PrimaryColumn('text')
  resource!: string;

  @PrimaryColumn('text', { name: 'schema_hash' })
  schemaHash!: string;

  @Column('json', { name: 'input_schema' })
  inputSchema!: unknown;

  @Column('text', { name: 'sdk_version' })
  sdkVersion!: string;

  @Column('timestamptz', { name: 'announced_at', default: () => 'now()' })
  announcedAt!: Date;
}

@Entity('api_keys')
@Check('api_keys_role_known', `role in ('initiator', 'participant', 'viewer', 'operator', 'admin')`)
@Check('api_keys_participant_named', `(role = 'participant') = (participant is not null)`)
export class ApiKeyEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  @Column('text')
  owner!: string;

  @Column('text')
  role!: Role;

  @Column('text', { nullable: true })
  participant!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
