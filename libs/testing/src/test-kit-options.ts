import type { Sql } from '@holdfast/participant';
import type { BranchDefinition, InputGiven } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';

export interface TestKitOptions<B extends BranchDefinition> {
  readonly branch: B;
  /** A real database with the fence and the handler's own tables, which nobody else uses meanwhile. */
  readonly dataSource: DataSource;
  /** Makes an input that Try accepts, a new one each time; what it needs it may put into the database. */
  input(): InputGiven<B> | Promise<InputGiven<B>>;
  /** Makes an input that Try refuses. Without it the schedules of refusals are left out. */
  refusedInput?(): InputGiven<B> | Promise<InputGiven<B>>;
  /** Throws when the books do not balance. It is asked after every step. */
  invariant(sql: Sql): Promise<void>;
}
