import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { ActionRequest, Participant, ParticipantList, ParticipantView } from '@holdfast/protocol';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { ParticipantDesk } from './participant-desk.js';

/** Who takes part, and who is held. */
@ApiTags('operators')
@Controller('v1/participants')
export class ParticipantsController {
  constructor(private readonly desk: ParticipantDesk) {}

  @Get()
  @ApiResponse({ status: 200, description: 'All of them, by name.', standardSchema: ParticipantList })
  async list(): Promise<ParticipantList> {
    return { items: await this.desk.list() };
  }

  @Post(':participant/actions/pause')
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    description:
      'Nothing is sent to it from now on, elsewhere within two seconds; a begin that names it is refused.',
    standardSchema: ParticipantView,
  })
  pause(
    @Param('participant', { schema: Participant }) name: Participant,
    @Body({ schema: ActionRequest }) { reason }: ActionRequest,
    @CurrentActor() { owner }: Actor,
  ): Promise<ParticipantView> {
    return this.desk.pause(name, owner, reason);
  }

  @Post(':participant/actions/resume')
  @HttpCode(200)
  @ApiResponse({ status: 200, description: 'Its work goes on, paced.', standardSchema: ParticipantView })
  resume(
    @Param('participant', { schema: Participant }) name: Participant,
    @Body({ schema: ActionRequest }) { reason }: ActionRequest,
    @CurrentActor() { owner }: Actor,
  ): Promise<ParticipantView> {
    return this.desk.resume(name, owner, reason);
  }
}
