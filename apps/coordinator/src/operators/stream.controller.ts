import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiHeader, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LAST_EVENT_ID_HEADER, StreamPosition } from '@holdfast/protocol';
import { fieldErrors, invalidRequest } from '@holdfast/service';
import type { FastifyReply } from 'fastify';
import { EventStreams } from './event-streams.js';

/** What happens to transactions, as it happens. */
@ApiTags('operators')
@Controller('v1/stream')
export class StreamController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: LAST_EVENT_ID_HEADER, description: 'The id of the last event: goes on after it.' })
  @ApiResponse({
    status: 200,
    description:
      'Server-sent events: `ended` and the notices of transactions, or `reset` where what followed the last event is gone.',
    schema: { type: 'string' },
  })
  async stream(
    @Headers(LAST_EVENT_ID_HEADER) lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const from = lastEventId === undefined ? undefined : positionOf(lastEventId);
    this.streams.expectRoom();
    await this.streams.open(reply.hijack().raw, from);
  }
}

function positionOf(text: string): ReadonlyMap<number, bigint> {
  const { data, error } = StreamPosition.safeParse(text);
  if (data) return data;
  throw invalidRequest(
    fieldErrors(error.issues.map(({ message }) => ({ message, path: [LAST_EVENT_ID_HEADER] }))),
  );
}
