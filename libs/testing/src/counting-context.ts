import type { BatchContext, ParticipantOptions } from '@holdfast/participant';

/**
 * A context for calling a handler's batch forms directly, outside of any fence and SQL transaction: items arrive in
 * exactly the order that a test wants, and the statements that the handler runs are counted.
 */
export class CountingContext implements BatchContext {
  statements = 0;

  constructor(private readonly dataSource: ParticipantOptions['dataSource']) {}

  get manager() {
    return this.dataSource.manager;
  }

  readonly sql = {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      this.statements++;
      const runner = this.dataSource.createQueryRunner();
      try {
        const { records, affected } = await runner.query(text, [...values] as unknown[], true);
        const rows = (records ?? []) as Row[];
        return { rows, rowCount: affected ?? rows.length };
      } finally {
        await runner.release();
      }
    },
  };
}
