import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { TccClient } from '@holdfast/client';
import { HoldfastParticipant } from '@holdfast/participant';
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
    return this.tcc.registerBranch({ xid, branchId }, FreezePayment, input, () =>
      this.participant.tryLocally(xid, branchId, FreezePayment, input),
    );
  }
}
