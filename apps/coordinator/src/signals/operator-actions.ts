import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';

/** Counts what operators do. */
export class OperatorActions {
  private readonly actions;

  constructor(registry: Registry) {
    this.actions = new Counter({
      name: 'holdfast_operator_actions_total',
      help: 'Actions of operators that were carried out.',
      labelNames: ['action'],
      registers: [registry],
    });
  }

  /** @param action one of a fixed set, such as `pause`: it is a label. */
  done(action: string): void {
    this.actions.inc({ action });
  }
}
