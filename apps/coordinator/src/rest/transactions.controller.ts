import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeTraceParent } from '@holdfast/bus';
import {
  BeginRequest,
  CANCEL_DEFAULTS,
  CancelRequest,
  ConfirmRequest,
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  ListQuery,
  Problem,
  TransactionDetail,
  TransactionList,
  TransactionSummary,
  WaitQuery,
  Xid,
} from '@holdfast/protocol';
import type { FastifyReply } from 'fastify';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { EngineParts } from '../engine/engine-parts.js';
import { BeginService } from './begin-service.js';
import { TransactionLister } from './transaction-lister.js';
import { TransactionReader } from './transaction-reader.js';
import { expectApplied } from './transaction-rejected.js';
import { transactionDetail, transactionSummary } from './transaction-views.js';

/** What an initiator does with a transaction as a whole. */
@ApiTags('transactions')
@ApiResponse({ status: '4XX', description: 'A problem (RFC 9457)', standardSchema: Problem })
@Controller('v1/transactions')
export class TransactionsController {
  constructor(
    private readonly beginService: BeginService,
    private readonly reader: TransactionReader,
    private readonly lister: TransactionLister,
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
    return transactionSummary(await this.reader.followed(begun, query));
  }

  @Get()
  @ApiResponse({ status: 200, description: 'One page, the youngest first.', standardSchema: TransactionList })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<TransactionList> {
    return this.lister.list(query);
  }

  @Get(':xid')
  @ApiResponse({
    status: 200,
    description: 'The branch by operation matrix.',
    standardSchema: TransactionDetail,
  })
  async get(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Query({ schema: WaitQuery }) query: WaitQuery,
  ): Promise<TransactionDetail> {
    return transactionDetail(await this.reader.reached(await this.reader.read(xid), query));
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
    return transactionSummary(await this.reader.reached(expectApplied(xid, result), query));
  }

  @Post(':xid/actions/cancel')
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    description: 'It is decided to cancel, and durable.',
    standardSchema: TransactionSummary,
  })
  async cancel(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: CancelRequest }) request: CancelRequest,
    @Query({ schema: WaitQuery }) query: WaitQuery,
  ): Promise<TransactionSummary> {
    const at = this.parts.clock.now();
    const result = await this.parts.engine.apply(xid, {
      type: 'cancelRequested',
      at,
      ...CANCEL_DEFAULTS,
      ...request,
    });
    return transactionSummary(await this.reader.reached(expectApplied(xid, result), query));
  }
}
