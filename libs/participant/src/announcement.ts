import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FORMAT_VERSION, encode, topics, type Announcement, type BranchDefinition } from '@holdfast/protocol';
import type { OutgoingMessage } from '@holdfast/bus';
import { SDK_VERSION } from './sdk-version.js';

/** Tells the coordinators what this participant can reserve and from what input; any of them takes it. */
export function announcementMessage(
  participant: string,
  definitions: readonly BranchDefinition[],
  topicPrefix: string,
): OutgoingMessage {
  const announcement: Announcement = {
    v: FORMAT_VERSION,
    participant,
    sdkVersion: SDK_VERSION,
    resources: definitions.map(({ resource, input }) => {
      // What is given, before defaults: that is what a begin is checked by. What JSON Schema cannot say is let through
      // there, and refused by the participant.
      const inputSchema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }) as Record<
        string,
        unknown
      >;
      return { resource, inputSchema, schemaHash: hashOf(inputSchema) };
    }),
  };
  return { topic: topics(topicPrefix).reply, ...encode('holdfast.announcement', announcement, participant) };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** JSON with the keys of each object in order, so that equal values have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
