import { Body, Controller, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeTraceParent } from '@holdfast/bus';
import type { Transaction } from '@holdfast/core';
import {
  BeginRequest,
  CANCEL_DEFAULTS,
  CancelRequest,
  ConfirmRequest,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  TransactionSummary,
  WaitQuery,
  Xid,
} from '@holdfast/protocol';
import { HttpProblem, invalidRequest } from '@holdfast/service';
import type { FastifyReply } from 'fastify';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { EngineParts } from '../engine/engine-parts.js';
import { etagOf, expectIfMatch } from '../operators/etag.js';
import { TransactionActions } from '../operators/transaction-actions.js';
import { BeginService } from './begin-service.js';
import { TransactionReader } from './transaction-reader.js';
import { expectApplied } from './transaction-rejected.js';
import { transactionSummary } from './transaction-views.js';

/** What an initiator does with a transaction as a whole. */
@ApiTags('transactions')
@Controller('v1/transactions')
export class TransactionsController {
  constructor(
    private readonly beginService: BeginService,
    private readonly reader: TransactionReader,
    private readonly actions: TransactionActions,
    private readonly parts: EngineParts,
  ) {}

  @Post()
  @ApiHeader({ name: IDEMPOTENCY_KEY_HEADER, description: 'Makes a repeated begin the same transaction.' })
  @ApiResponse({ status: 201, description: 'It is begun, and durable.', standardSchema: TransactionSummary })
  @ApiResponse({
    status: 200,
    description: 'It was begun before, with the same key.',
    standardSchema: TransactionSummary,
  })
  async begin(
    @CurrentActor() { owner }: Actor,
    @Body({ schema: BeginRequest }) request: BeginRequest,
    @Headers(IDEMPOTENCY_KEY_HEADER) key: string | undefined,
    @Query({ schema: WaitQuery }) query: WaitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    const begun = await this.beginService.begin(request, owner, key, activeTraceParent());
    if ('repeatedXid' in begun) void reply.status(200).header(IDEMPOTENCY_REPLAYED_HEADER, 'true');
    return transactionSummary(await this.reader.followed(begun, query), this.parts.participants);
  }

  @Post(':xid/actions/confirm')
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    description: 'It is decided to confirm, and durable.',
    standardSchema: TransactionSummary,
  })
  async confirm(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: ConfirmRequest }) { branchIds }: ConfirmRequest,
    @Query({ schema: WaitQuery }) query: WaitQuery,
  ): Promise<TransactionSummary> {
    const at = this.parts.clock.now();
    const result = await this.parts.engine.apply(xid, { type: 'confirmRequested', at, branchIds });
    const transaction = await this.reader.reached(expectApplied(xid, result), query);
    return transactionSummary(transaction, this.parts.participants);
  }

  @Post(':xid/actions/cancel')
  @HttpCode(200)
  @ApiHeader({ name: 'if-match', description: "An operator's cancel names the ETag that it means." })
  @ApiResponse({
    status: 200,
    description: 'It is decided to cancel, and durable.',
    standardSchema: TransactionSummary,
  })
  async cancel(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: CancelRequest }) request: CancelRequest,
    @Query({ schema: WaitQuery }) query: WaitQuery,
    @CurrentActor() actor: Actor,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionSummary> {
    const cancelled =
      cancelledBy(actor, request) === 'operator'
        ? await this.cancelAsOperator(xid, actor, request.reason as string, ifMatch)
        : await this.cancelAsInitiator(xid, request);
    const transaction = await this.reader.reached(cancelled, query);
    void reply.header('etag', etagOf(transaction));
    return transactionSummary(transaction, this.parts.participants);
  }

  private cancelAsOperator(
    xid: string,
    { owner }: Actor,
    reason: string,
    ifMatch: string | undefined,
  ): Promise<Transaction> {
    const order = { action: 'cancel', actor: owner, reason, ifMatch: expectIfMatch(ifMatch) } as const;
    return this.actions.carryOut(xid, order);
  }

  private async cancelAsInitiator(
    xid: string,
    { code = CANCEL_DEFAULTS.code, message = CANCEL_DEFAULTS.message }: CancelRequest,
  ): Promise<Transaction> {
    const at = this.parts.clock.now();
    return expectApplied(
      xid,
      await this.parts.engine.apply(xid, { type: 'cancelRequested', at, code, message }),
    );
  }
}

/** An operator gives a reason, which an initiator has no business to sign for. */
function cancelledBy({ role }: Actor, { reason }: CancelRequest): 'operator' | 'initiator' {
  if (role === 'operator' && reason === undefined)
    throw invalidRequest([{ path: '/reason', message: 'say why: it goes into the audit log' }]);
  if (role === 'initiator' && reason !== undefined)
    throw HttpProblem.of('FORBIDDEN', "A cancel with a reason is an operator's. Give a code and a message.");
  return reason === undefined ? 'initiator' : 'operator';
}
