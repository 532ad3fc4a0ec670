import type { ParticipantView } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { AnnouncedParticipant, ParticipantStore } from '@holdfast/store';
import type { ParticipantWatch } from '../engine/participant-watch.js';
import type { OperatorActions } from '../signals/operator-actions.js';

/** Shows participants, and holds them. The store notes who did, in the same commit (I15). */
export class ParticipantDesk {
  constructor(
    private readonly store: Pick<ParticipantStore, 'list'>,
    private readonly watch: Pick<ParticipantWatch, 'pause' | 'resume'>,
    private readonly counter: OperatorActions,
  ) {}

  async list(): Promise<ParticipantView[]> {
    return (await this.store.list()).map(participantView);
  }

  /** @throws a problem if nobody knows of it. */
  async pause(name: string, actor: string, reason: string): Promise<ParticipantView> {
    await this.read(name);
    await this.watch.pause(name, actor, reason);
    this.counter.done('pause-participant');
    return this.read(name);
  }

  /** @throws a problem if nobody knows of it. */
  async resume(name: string, actor: string, reason: string): Promise<ParticipantView> {
    await this.read(name);
    await this.watch.resume(name, actor, reason);
    this.counter.done('resume-participant');
    return this.read(name);
  }

  private async read(name: string): Promise<ParticipantView> {
    const found = (await this.list()).find(({ participant }) => participant === name);
    if (found) return found;
    const detail = `No participant ${name} has announced itself. Check the name with GET /v1/participants.`;
    throw HttpProblem.of('PARTICIPANT_NOT_FOUND', detail);
  }
}

function participantView({
  name,
  paused,
  setAsideSince,
  lastAnswerAt,
  resources,
}: AnnouncedParticipant): ParticipantView {
  return {
    participant: name,
    paused: paused && { ...paused, since: time(paused.since) },
    setAside: setAsideSince !== null,
    lastAnswerAt: lastAnswerAt === null ? null : time(lastAnswerAt),
    resources: resources.map(({ announcedAt, ...resource }) => ({
      ...resource,
      announcedAt: time(announcedAt),
    })),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}
