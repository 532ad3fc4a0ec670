import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BEGINS_BYTES_MAX, BeginLine, BeginManyRequest, Problem } from '@holdfast/protocol';
import type { BeginItem } from '@holdfast/protocol';
import { HttpProblem, fieldErrors, invalidRequest, problemFor } from '@holdfast/service';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { EngineParts } from '../engine/engine-parts.js';
import { BeginService } from './begin-service.js';
import type { Begun } from './begin-service.js';
import { LineAnswer } from './line-answer.js';
import { TransactionReader } from './transaction-reader.js';
import { transactionSummary } from './transaction-views.js';

type ReadItem = z.output<typeof BeginManyRequest>['begins'][number];
type Told = Omit<BeginLine, 'index'>;

/** Many begins in one request: what it costs to take a request is paid once for all of them. */
@ApiTags('transactions')
@Controller('v1/transactions/actions')
export class BeginManyController {
  constructor(
    private readonly beginService: BeginService,
    private readonly reader: TransactionReader,
    private readonly parts: EngineParts,
  ) {}

  @Post('begin')
  @HttpCode(200)
  @RouteConfig({ bodyLimit: BEGINS_BYTES_MAX })
  @ApiProduces('application/x-ndjson')
  @ApiResponse({
    status: 200,
    description:
      'Begins when each of them is durable or turned down. Then one line an item (`BeginLine` as JSON, then a line ' +
      'feed), in the order in which they become known: at once, or when what the item waits for is reached.',
    standardSchema: BeginLine,
  })
  @ApiResponse({
    status: '4XX',
    description: 'A problem (RFC 9457); nothing is begun.',
    standardSchema: Problem,
  })
  async begin(
    @CurrentActor() { owner }: Actor,
    @Body({ schema: BeginManyRequest }) { begins }: z.output<typeof BeginManyRequest>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const begun = await Promise.all(begins.map((item) => this.beginOne(item, owner)));
    const answer = new LineAnswer(reply.hijack().raw, begins.length);
    for (const [index, what] of begun.entries()) {
      if ('status' in what) answer.line({ index, ...what });
      else
        void this.followed(begins[index] as BeginItem, what).then((told) => answer.line({ index, ...told }));
    }
  }

  private async beginOne(item: ReadItem, owner: string): Promise<Begun | Told> {
    try {
      if (isFault(item)) throw faultOf(item);
      return await this.beginService.begin(item.request, owner, item.idempotencyKey, item.traceParent);
    } catch (error) {
      return refused(error);
    }
  }

  private async followed(item: BeginItem, begun: Begun): Promise<Told> {
    const replayed = 'repeatedXid' in begun;
    try {
      const body = transactionSummary(await this.reader.followed(begun, item), this.parts.participants);
      return { status: replayed ? 200 : 201, replayed, body };
    } catch (error) {
      return refused(error);
    }
  }
}

function isFault(item: ReadItem): item is Exclude<ReadItem, BeginItem> {
  return item === undefined || item instanceof z.ZodError;
}

/** Fields are named as in a begin that comes alone: within its request. */
function faultOf(error: z.ZodError | undefined) {
  const issues = (error?.issues ?? []).map(({ message, path: [first, ...rest] }) => ({
    message,
    path: first === 'request' ? rest : first === undefined ? [] : [first, ...rest],
  }));
  return invalidRequest(fieldErrors(issues));
}

function refused(error: unknown): Told {
  const body = problemFor(error);
  const retryAfter = error instanceof HttpProblem ? error.retryAfterSeconds : undefined;
  return { status: body.status, replayed: false, body, ...(retryAfter !== undefined && { retryAfter }) };
}
