import { z } from 'zod';
import { Participant, Resource } from './identifiers.js';
import { Time } from './time.js';

/** A participant, as the coordinators know it. */
export const ParticipantView = z
  .object({
    participant: Participant,
    paused: z
      .object({ since: Time, actor: z.string(), reason: z.string() })
      .nullable()
      .describe('Nothing is sent to it, and a begin that names it is refused.'),
    setAside: z.boolean().describe('It does not answer: its work waits, and a few commands keep asking.'),
    lastAnswerAt: Time.nullable(),
    resources: z.array(
      z.object({
        resource: Resource,
        schemaHash: z.string(),
        inputSchema: z.unknown().describe('JSON Schema (draft 2020-12) of the input.'),
        sdkVersion: z.string(),
        announcedAt: Time,
      }),
    ),
  })
  .meta({ id: 'Participant' });
export type ParticipantView = z.infer<typeof ParticipantView>;

/** `GET /v1/participants`: all, by name. */
export const ParticipantList = z.object({ items: z.array(ParticipantView) }).meta({ id: 'ParticipantList' });
export type ParticipantList = z.infer<typeof ParticipantList>;
