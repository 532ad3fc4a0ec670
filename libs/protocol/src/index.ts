export { ApiKeyGrant, Owner, ROLES, Role } from './access.js';
export {
  AcknowledgeRequest,
  ActionReason,
  ActionRequest,
  CANCEL_DEFAULTS,
  CancelRequest,
  ForceResolveRequest,
  RetryRequest,
  TransactionAction,
} from './actions-api.js';
export { AuditEntry, AuditList, AuditQuery, AuditedAction } from './audit-api.js';
export {
  BatchAction,
  BatchItemList,
  BatchItemState,
  BatchItemsQuery,
  BatchPreview,
  BatchRequest,
  BatchSelection,
  BatchView,
} from './batches-api.js';
export { READ_DURABILITY, durabilityFaults } from './durability.js';
export type { Durability } from './durability.js';
export { durationBetween, durationMs } from './duration.js';
export { MESSAGE_TYPE_HEADER, UndecodableMessage, decode, encode, encodeEvent } from './envelope.js';
export type { Envelope, Message, MessageOf, MessageType } from './envelope.js';
export { CleanupAnswer, CleanupQuestion, Forgotten, Inquiry } from './fence-messages.js';
export {
  BranchId,
  CleanText,
  Code,
  Participant,
  Reference,
  Resource,
  TransactionName,
  Xid,
  birthOf,
  cleanText,
} from './identifiers.js';
export {
  ANSWER_BYTES_MAX,
  BATCH_ITEMS_MAX,
  BATCH_RATE_DEFAULT,
  BATCH_RATE_MAX,
  BATCH_XIDS_MAX,
  BEGINS_BYTES_MAX,
  BEGINS_MAX,
  BRANCHES_MAX,
  CODE_LENGTH_MAX,
  COOLING_OFF_MS_MAX,
  EVIDENCE_LENGTH_MAX,
  FENCE_BATCH_MAX,
  IDEMPOTENCY_KEY_LENGTH_MAX,
  INPUT_BYTES_MAX,
  LIST_LIMIT_MAX,
  LIST_WINDOW_MS_MAX,
  NAME_LENGTH_MAX,
  OWNER_LENGTH_MAX,
  REFERENCE_LENGTH_MAX,
  REQUEST_BYTES_MAX,
  RESOURCES_MAX,
  TEXT_LENGTH_MAX,
  TIMEOUT_MS_DEFAULT,
  TIMEOUT_MS_MAX,
  TIMEOUT_MS_MIN,
  WAIT_MS_DEFAULT,
  WAIT_MS_MAX,
} from './limits.js';
export {
  Announcement,
  Command,
  Decision,
  Ended,
  FORMAT_VERSION,
  FenceState,
  Json,
  Notice,
  NoticeType,
  Operation,
  Outcome,
  Reason,
  Reply,
} from './messages.js';
export { PROBLEMS, Problem, problem, problemOf } from './problem.js';
export type { ProblemCode, ProblemKind } from './problem.js';
export { TOPIC_PREFIX_DEFAULT, deadLetterTopic, topics } from './topics.js';
export type { Topics } from './topics.js';
export { BranchExplanation, TransactionExplanation } from './explain-api.js';
export { FrozenItem, FrozenList, FrozenQuery } from './frozen-api.js';
export { AttemptView, TransactionHistory } from './history-api.js';
export { ParticipantList, ParticipantView } from './participants-api.js';
export { LAST_EVENT_ID_HEADER, StreamPosition, streamPositionText } from './stream-api.js';
export { StuckCode } from './stuck-code.js';
export { ListQuery, SelectionFilter, TransactionList, TransactionListItem } from './transaction-list-api.js';
export {
  BeginItem,
  BeginLine,
  BeginManyRequest,
  BeginRequest,
  BranchState,
  BranchSummary,
  ConfirmRequest,
  DeclaredBranch,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  IdempotencyKey,
  OperationView,
  Phase,
  RefusedReport,
  RegisterBranchRequest,
  TransactionDetail,
  TransactionSummary,
  TriedReport,
  TryBy,
  WaitFor,
  WaitQuery,
  WaitTriedQuery,
} from './transactions-api.js';
export { defineBranch } from './branch.js';
export type { BranchDefinition, Input, InputGiven, Reservation } from './branch.js';
