export { isSecretOf, parseKey } from './api-key.js';
export { ApiKeyStore } from './api-key-store.js';
export type { ApiKey, NewApiKey, ValidApiKey } from './api-key-store.js';
export type { AuditRecord } from './audit-record.js';
export { AuditEntity, TransactionEntity } from './entities.js';
export type { RejectedItem } from './halving.js';
export { InstanceStore } from './instance-store.js';
export { ParticipantStore } from './participant-store.js';
export type { ParticipantNews, ParticipantState } from './participant-store.js';
export { transactionEntities, transactionMigrations, transactionSessionSettings } from './schema.js';
export { ResourceStore } from './resource-store.js';
export type { AnnouncedResource } from './resource-store.js';
export { TransactionEndings } from './transaction-endings.js';
export { TransactionList } from './transaction-list.js';
export type { TransactionFilter } from './transaction-list.js';
export { UnresolvedReader } from './unresolved-reader.js';
export type { UnresolvedPhase } from './unresolved-reader.js';
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
} from './transaction-store.js';
