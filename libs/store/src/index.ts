export { isSecretOf, parseKey } from './api-key.js';
export { ApiKeyStore } from './api-key-store.js';
export type { ApiKey, NewApiKey, ValidApiKey } from './api-key-store.js';
export { AuditLog } from './audit-log.js';
export type { AuditRecord } from './audit-record.js';
export { BatchStore } from './batch-store.js';
export type { BatchItem, BatchNote, RunningBatch } from './batch-store.js';
export { FrozenLedger } from './frozen-ledger.js';
export type { FrozenBranch } from './frozen-ledger.js';
export type { RejectedItem } from './halving.js';
export { HistoryStore } from './history-store.js';
export type { HistoryPlace, HistoryStep } from './history-store.js';
export { InstanceStore } from './instance-store.js';
export { ParticipantStore } from './participant-store.js';
export type {
  AnnouncedParticipant,
  ParticipantNews,
  ParticipantState,
  ReadersFound,
} from './participant-store.js';
export { transactionEntities, transactionMigrations, transactionSessionSettings } from './schema.js';
export { ResourceStore } from './resource-store.js';
export type { AnnouncedResource } from './resource-store.js';
export { TransactionEndings } from './transaction-endings.js';
export { TransactionList } from './transaction-list.js';
export type { ListPosition, ListedTransaction, TransactionFilter } from './transaction-list.js';
export { UnresolvedReader } from './unresolved-reader.js';
export type { UnresolvedGroup } from './unresolved-reader.js';
export type { StoredTransaction } from './transaction-row.js';
export { TransactionStore } from './transaction-store.js';
export type {
  BeginItem,
  BeginOutcome,
  Claim,
  IdempotencyKey,
  RepeatedOutcome,
  SaveItem,
  SaveResult,
  SeenTransaction,
} from './transaction-store.js';
