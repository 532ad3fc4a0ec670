import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { OutcomeUnknown, ProblemError, TccClient } from '@holdfast/client';
import { HoldfastParticipant } from '@holdfast/participant';
import { HttpProblem } from '@holdfast/service';
import { FreezePayment, FreezeRequest, type FreezeAnswer } from '@holdfast/shop';

/**
 * For callers that pay within a transaction of theirs without leaving it to the coordinator to ask: the service
 * registers its branch, tries it in its own database, and answers the caller. Confirm or Cancel comes over the bus.
 * A repeated call is the same branch.
 */
@Controller('v1/freezes')
export class FreezeController {
  constructor(
    private readonly tcc: TccClient,
    private readonly participant: HoldfastParticipant,
  ) {}

  @Post()
  @HttpCode(HttpStatus.OK)
  async freeze(
    @Body({ schema: FreezeRequest }) { xid, branchId, input }: FreezeRequest,
  ): Promise<FreezeAnswer> {
    try {
      return await this.tcc.registerBranch({ xid, branchId }, FreezePayment, input, () =>
        this.participant.tryLocally(xid, branchId, FreezePayment, input),
      );
    } catch (error) {
      throw problemOf(error);
    }
  }
}

/** What the coordinator turned down the caller gets to know; what it did not answer may be asked again. */
function problemOf(error: unknown): unknown {
  if (error instanceof OutcomeUnknown)
    return HttpProblem.of(
      'UNAVAILABLE',
      'The coordinator does not answer. Ask again with the same branchId.',
    );
  if (!(error instanceof ProblemError)) return error;
  const { code, status, detail } = error;
  return HttpProblem.own(code, { status, title: 'The coordinator turned the branch down' }, detail);
}
