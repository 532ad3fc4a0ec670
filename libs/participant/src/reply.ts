import { FORMAT_VERSION, encode, type Command, type Reply } from '@holdfast/protocol';
import type { OutgoingMessage } from '@holdfast/bus';
import type { Answer } from './branch-command.js';

/** An answer that its command's sender is told. */
export type Told = Exclude<Answer, { outcome: 'expired' }>;

/** The message that tells the sender of a command what came of it, on the partition on which it listens. */
export function replyMessage(topic: string, command: Command, answer: Told): OutgoingMessage {
  const { key, headers, value } = encode('holdfast.reply', replyOf(command, answer), command.xid);
  return { topic, partition: command.replyPartition, key, headers, value, packs: true };
}

function replyOf({ xid, branchId, operation, attempt }: Command, answer: Told): Reply {
  const fields = { v: FORMAT_VERSION, xid, branchId, attempt } as const;
  switch (answer.outcome) {
    case 'tried':
      return { ...fields, outcome: 'tried', answer: answer.answer };
    case 'refused':
      return { ...fields, outcome: 'refused', code: answer.code, message: answer.message };
    case 'confirmed':
    case 'cancelled':
      return { ...fields, outcome: answer.outcome };
    case 'failed':
      return { ...fields, outcome: 'failed', operation, code: answer.code, message: answer.message };
    case 'contradiction':
      return { ...fields, outcome: 'contradiction', operation, fence: answer.fence };
    case 'forced':
      return { ...fields, outcome: 'forced', fence: answer.fence, settled: answer.settled };
  }
}
