import type { Participant } from './identifiers.js';

/** The names of all topics. The prefix lets several installations share a broker; it is `holdfast` unless configured. */
export interface Topics {
  /** Commands to one participant: its own access rights, lag and dead letters. */
  command(participant: Participant): string;
  /** Replies, announcements and questions of all participants, to the coordinators. */
  readonly reply: string;
  /** The group of consumers in which a participant's processes share its commands. */
  commandGroup(participant: Participant): string;
  /** The group of consumers in which the coordinators share the replies: any of them may handle any reply. */
  readonly replyGroup: string;
  /** Lifecycle events, for anyone. */
  readonly event: string;
}

export const TOPIC_PREFIX_DEFAULT = 'holdfast';

export function topics(prefix: string = TOPIC_PREFIX_DEFAULT): Topics {
  return {
    command: (participant) => `${prefix}.cmd.${participant}`,
    reply: `${prefix}.reply`,
    commandGroup: (participant) => `${prefix}.participant.${participant}`,
    replyGroup: `${prefix}.reply.coordinator`,
    event: `${prefix}.event`,
  };
}

/** Where messages go that nobody could decode, or that are older than the receiver may act on. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}
