import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  ListQuery,
  TransactionDetail,
  TransactionExplanation,
  TransactionHistory,
  TransactionList,
  WaitQuery,
  Xid,
} from '@holdfast/protocol';
import type { FastifyReply } from 'fastify';
import { EngineParts } from '../engine/engine-parts.js';
import { etagOf } from '../operators/etag.js';
import { transactionHistory } from './history-view.js';
import { TransactionExplainer } from './transaction-explainer.js';
import { TransactionLister } from './transaction-lister.js';
import { TransactionReader } from './transaction-reader.js';
import { transactionDetail } from './transaction-views.js';

/** How transactions stand. Nothing here changes anything. */
@ApiTags('transactions')
@Controller('v1/transactions')
export class InspectionController {
  constructor(
    private readonly reader: TransactionReader,
    private readonly lister: TransactionLister,
    private readonly explainer: TransactionExplainer,
    private readonly parts: EngineParts,
  ) {}

  @Get()
  @ApiResponse({
    status: 200,
    description: 'One page, the youngest first; of a window of end times, those that ended last.',
    standardSchema: TransactionList,
  })
  list(@Query({ schema: ListQuery }) query: ListQuery): Promise<TransactionList> {
    return this.lister.list(query);
  }

  @Get(':xid')
  @ApiResponse({
    status: 200,
    description:
      'The branch by operation matrix; its ETag stands for the phase and the states, not for attempts.',
    standardSchema: TransactionDetail,
  })
  async get(
    @Param('xid', { schema: Xid }) xid: Xid,
    @Query({ schema: WaitQuery }) query: WaitQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TransactionDetail> {
    const transaction = await this.reader.reached(await this.reader.read(xid), query);
    void reply.header('etag', etagOf(transaction));
    return transactionDetail(transaction, this.parts.participants);
  }

  @Get(':xid/history')
  @ApiResponse({
    status: 200,
    description: 'Every attempt, the oldest first.',
    standardSchema: TransactionHistory,
  })
  async history(@Param('xid', { schema: Xid }) xid: Xid): Promise<TransactionHistory> {
    return transactionHistory(await this.reader.read(xid));
  }

  @Get(':xid/explain')
  @ApiResponse({
    status: 200,
    description: 'Why it has not ended, and what happens next and when.',
    standardSchema: TransactionExplanation,
  })
  async explain(@Param('xid', { schema: Xid }) xid: Xid): Promise<TransactionExplanation> {
    return this.explainer.explain(await this.reader.read(xid));
  }
}
