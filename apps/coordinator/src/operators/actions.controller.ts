import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  AcknowledgeRequest,
  ActionRequest,
  ForceResolveRequest,
  RetryRequest,
  TransactionSummary,
  Xid,
} from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { FastifyReply } from 'fastify';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { EngineParts } from '../engine/engine-parts.js';
import { transactionSummary } from '../rest/transaction-views.js';
import { etagOf, expectIfMatch } from './etag.js';
import { TransactionActions } from './transaction-actions.js';
import type { Order } from './transaction-actions.js';

const ANSWER = { status: 200, standardSchema: TransactionSummary } as const;

/** What operators do to one transaction, besides cancelling it. Each action has a reason, and is audited. */
@ApiTags('operators')
@Controller('v1/transactions/:xid/actions')
export class ActionsController {
  constructor(
    private readonly actions: TransactionActions,
    private readonly parts: EngineParts,
  ) {}

  @Post('retry')
  @HttpCode(200)
  @ApiResponse({ ...ANSWER, description: 'What would be sent later is sent now.' })
  retry(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: RetryRequest }) { reason, branchIds }: RetryRequest,
    @CurrentActor() { owner: actor }: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    const order: Order = { action: 'retry', actor, reason, ...(branchIds && { branchIds }) };
    return this.carryOut(xid, order, reply);
  }

  @Post('pause')
  @HttpCode(200)
  @ApiResponse({ ...ANSWER, description: 'Nothing is sent and no deadline ends it until it is resumed.' })
  pause(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: ActionRequest }) { reason }: ActionRequest,
    @CurrentActor() { owner: actor }: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    return this.carryOut(xid, { action: 'pause', actor, reason }, reply);
  }

  @Post('resume')
  @HttpCode(200)
  @ApiResponse({ ...ANSWER, description: 'It goes on at once, with its deadline if that has passed.' })
  resume(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: ActionRequest }) { reason }: ActionRequest,
    @CurrentActor() { owner: actor }: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    return this.carryOut(xid, { action: 'resume', actor, reason }, reply);
  }

  @Post('force-resolve')
  @HttpCode(200)
  @ApiHeader({ name: 'if-match', required: true, description: 'The ETag of the state that is meant.' })
  @ApiResponse({
    ...ANSWER,
    description:
      'The branch is being ended by force: its participant is told until it acknowledges, or is not waited for if it is gone.',
  })
  forceResolve(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: ForceResolveRequest }) { reason, ...force }: ForceResolveRequest,
    @CurrentActor() { owner: actor, role }: Actor,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    if (force.participantGone && role !== 'admin')
      throw HttpProblem.of('FORBIDDEN', 'Only an admin may give a participant up (participantGone).');
    const order: Order = { action: 'force-resolve', actor, reason, force, ifMatch: expectIfMatch(ifMatch) };
    return this.carryOut(xid, order, reply);
  }

  @Post('acknowledge')
  @HttpCode(200)
  @ApiResponse({
    ...ANSWER,
    description:
      'The contradiction of the branch is settled by hand, and raised no more. Nothing else changes.',
  })
  acknowledge(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: AcknowledgeRequest }) { reason, ...acknowledge }: AcknowledgeRequest,
    @CurrentActor() { owner: actor }: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    return this.carryOut(xid, { action: 'acknowledge', actor, reason, acknowledge }, reply);
  }

  private async carryOut(xid: string, order: Order, reply: FastifyReply): Promise<TransactionSummary> {
    const transaction = await this.actions.carryOut(xid, order);
    void reply.header('etag', etagOf(transaction));
    return transactionSummary(transaction, this.parts.participants);
  }
}
