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

/** Written out: nearly all replies are one of the first three, and a spread takes V8's slow path for each field. */
function replyOf({ xid, branchId, operation, attempt }: Command, answer: Told): Reply {
  const v = FORMAT_VERSION;
  switch (answer.outcome) {
    case 'tried':
      return { v, xid, branchId, attempt, outcome: 'tried', answer: answer.answer };
    case 'confirmed':
    case 'cancelled':
      return { v, xid, branchId, attempt, outcome: answer.outcome };
    case 'refused': {
      const { outcome, code, message } = answer;
      return { v, xid, branchId, attempt, outcome, code, message };
    }
    case 'failed': {
      const { outcome, code, message } = answer;
      return { v, xid, branchId, attempt, outcome, operation, code, message };
    }
    case 'contradiction': {
      const { outcome, fence } = answer;
      return { v, xid, branchId, attempt, outcome, operation, fence };
    }
    case 'forced': {
      const { outcome, fence, settled } = answer;
      return { v, xid, branchId, attempt, outcome, fence, settled };
    }
  }
}
