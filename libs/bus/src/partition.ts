const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/**
 * The murmur2 hash of Kafka's Java client, which kafkajs' default partitioner uses as well; that one works on BigInts
 * and costs as much as the rest of sending a message.
 */
function murmur2(key: string): number {
  const bytes = Buffer.from(key);
  const blocksEnd = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < blocksEnd; at += 4) {
    let block = Math.imul(bytes.readInt32LE(at), MULTIPLIER);
    block = Math.imul(block ^ (block >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ block;
  }
  if (blocksEnd < bytes.length) {
    const tail = bytes.readUIntLE(blocksEnd, bytes.length - blocksEnd);
    hash = Math.imul(hash ^ tail, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/**
 * The partition of a message: the one it names, else the one of its key. A named partition that the topic does not
 * have is ignored, since kafkajs would drop the message without a word, and whoever holds another partition can
 * read it too.
 */
export function partitionOf(
  message: { readonly key?: string | null; readonly partition?: number },
  partitionCount: number,
): number {
  const { partition } = message;
  if (
    partition !== undefined &&
    Number.isInteger(partition) &&
    partition >= 0 &&
    partition < partitionCount
  ) {
    return partition;
  }
  return (murmur2(message.key ?? '') & 0x7fffffff) % partitionCount;
}
