import { ParticipantList, ParticipantView } from '@holdfast/protocol';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import { textTable } from '../text/table.js';
import { agoText } from '../text/time-text.js';

export async function listParticipants({ coordinator, answer, now }: Call): Promise<ExitCode> {
  const { body, raw } = await coordinator.get('/v1/participants', ParticipantList);
  answer(raw, () => participantTable(body.items, now));
  return EXIT.ok;
}

function participantTable(items: readonly ParticipantView[], now: number): string {
  if (items.length === 0) return 'No participant has announced itself.';
  return textTable(
    ['PARTICIPANT', 'STANDING', 'LAST ANSWER', 'RESOURCES', 'SDK', 'PAUSED BY', 'REASON'],
    items.map(({ participant, paused, setAside, lastAnswerAt, resources }) => [
      participant,
      [paused && 'paused', setAside && 'does not answer'].filter(Boolean).join(', ') || 'ok',
      agoText(lastAnswerAt, now),
      distinct(resources.map(({ resource }) => resource)),
      distinct(resources.map(({ sdkVersion }) => sdkVersion)),
      paused && `${paused.actor}, ${agoText(paused.since, now)}`,
      paused && paused.reason,
    ]),
  );
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts)].join(', ');
}

export async function actOnParticipant(
  { coordinator, answer }: Call,
  participant: string,
  action: 'pause' | 'resume',
  reason: string,
): Promise<ExitCode> {
  const path = `/v1/participants/${encodeURIComponent(participant)}/actions/${action}`;
  const { raw } = await coordinator.post(path, { reason }, ParticipantView);
  const effect =
    action === 'pause'
      ? 'is paused: nothing is sent to it, and a begin that names it is refused'
      : 'goes on: what waits for it is sent';
  answer(raw, () => `${participant} ${effect}.`);
  return EXIT.ok;
}
