export { fenceMigrations } from './fence-migrations.js';
export type {
  BatchContext,
  BranchContext,
  ForceEvidence,
  SettleItem,
  Sql,
  SqlResult,
  TccHandler,
  TryContext,
  TryItem,
} from './handler.js';
export { HoldfastParticipant } from './participant.js';
export type { LocalAnswer } from './participant.js';
export { HoldfastParticipantModule } from './participant-module.js';
export type { ParticipantModuleOptions } from './participant-module.js';
export type { ParticipantObserver } from './participant-observer.js';
export type { ParticipantOptions } from './participant-options.js';
export { Refusal, refused } from './refusal.js';
export type { PreparedStatement } from './statement-chain.js';
export { TccResource } from './tcc-resource.js';
export type { TccResourceOptions } from './tcc-resource.js';
export { VERDICTS } from './verdict.js';
export type { Verdict } from './verdict.js';
export { defineBranch } from '@holdfast/protocol';
export type { BranchDefinition, Input, InputGiven, Reservation } from '@holdfast/protocol';
