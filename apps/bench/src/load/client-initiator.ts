import { OutcomeUnknown, ProblemError, TccClient, type BranchCall } from '@holdfast/client';
import { isRefusal, type Initiator, type Outcome } from './initiator.js';

/** The client library repeats what is refused; so long is its patience, and then the refusal counts. */
const GIVE_UP_AFTER = '20s';

/** Through the shipped client library. */
export class ClientInitiator implements Initiator {
  readonly #tcc: TccClient;

  constructor(
    url: string,
    private readonly way: 'declared' | 'interactive',
    private readonly whenBusy: 'repeat' | 'throw' = 'repeat',
  ) {
    this.#tcc = new TccClient({ url });
  }

  async run(
    idempotencyKey: string,
    calls: readonly BranchCall[],
    wait: 'decided' | 'ended',
  ): Promise<Outcome> {
    const { whenBusy } = this;
    const options = { name: 'bench', idempotencyKey, wait, giveUpAfter: GIVE_UP_AFTER, whenBusy };
    try {
      const { outcome } =
        this.way === 'declared'
          ? await this.#tcc.run(options, calls)
          : await this.#tcc.run(options, (t) =>
              Promise.all(calls.map(({ definition, input }) => t.try(definition, input))),
            );
      return outcome;
    } catch (error) {
      const cause = error instanceof OutcomeUnknown ? error.cause : error;
      if (cause instanceof ProblemError && isRefusal(cause.status)) return 'refused';
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#tcc.close();
  }
}
