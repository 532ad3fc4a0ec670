import assert from 'node:assert/strict';
import type { PreparedStatement, Sql, TccHandler } from '@holdfast/participant';
import type { BranchDefinition, Command, InputGiven, Reply } from '@holdfast/protocol';
import { ParticipantDriver, TestBranch } from './participant-driver.js';
import { changedTables, pictureTables } from './table-picture.js';
import type { TestKitOptions } from './test-kit-options.js';

/** One run of a schedule: the participant under test, in two processes where that matters, and the user's invariant. */
export class ScheduleRun<B extends BranchDefinition> {
  constructor(
    private readonly options: TestKitOptions<B>,
    readonly driver: ParticipantDriver,
    /** Another process of the same participant. */
    readonly other: ParticipantDriver,
  ) {}

  static async start<B extends BranchDefinition>(
    options: TestKitOptions<B>,
    handler: TccHandler<B>,
  ): Promise<ScheduleRun<B>> {
    const { branch, dataSource } = options;
    const start = () => ParticipantDriver.start({ participant: branch.participant, dataSource }, [handler]);
    const run = new ScheduleRun(options, await start(), await start());
    await run.checkInvariant('before the schedule');
    return run;
  }

  async stop(): Promise<void> {
    await Promise.all([this.driver.participant.stop(), this.other.participant.stop()]);
  }

  branch(): TestBranch<B> {
    return new TestBranch(this.options.branch);
  }

  async input(): Promise<InputGiven<B>> {
    return this.options.input();
  }

  /** A branch that was tried with success. */
  async triedBranch(): Promise<TestBranch<B>> {
    const branch = this.branch();
    await this.expect('tried', 'Try', branch.try(await this.input()));
    return branch;
  }

  /** Delivers commands in one batch and demands the same outcome of each. */
  async expect(outcome: Reply['outcome'], step: string, ...commands: readonly Command[]): Promise<Reply[]> {
    const replies = await this.driver.deliver(...commands);
    this.demand(outcome, step, replies, commands.length);
    await this.checkInvariant(`after ${step}`);
    return replies;
  }

  demand(outcome: Reply['outcome'], step: string, replies: readonly Reply[], count: number): void {
    assert.ok(replies.length === count, `${step}: ${replies.length} of ${count} commands were answered`);
    for (const reply of replies)
      assert.ok(reply.outcome === outcome, `${step}: expected ${outcome}, got ${JSON.stringify(reply)}`);
  }

  /** Demands that the work leaves every table but the fence as it was. */
  async expectNoEffect(step: string, work: () => Promise<void>): Promise<void> {
    const before = await pictureTables(this.options.dataSource);
    await work();
    const changed = changedTables(before, await pictureTables(this.options.dataSource));
    assert.ok(changed.length === 0, `${step} must have no effect, but changed ${changed.join(', ')}`);
  }

  async checkInvariant(when: string): Promise<void> {
    const runner = this.options.dataSource.createQueryRunner();
    const sql: Sql = {
      async query<Row>(statement: string | PreparedStatement, values: readonly unknown[] = []) {
        const text = typeof statement === 'string' ? statement : statement.text;
        const { records, affected } = await runner.query(text, [...values], true);
        return { rows: records as Row[], rowCount: affected ?? 0 };
      },
    };
    try {
      await this.options.invariant(sql);
    } catch (cause) {
      throw new Error(`The invariant is broken ${when}: ${(cause as Error).message}`, { cause });
    } finally {
      await runner.release();
    }
  }
}
