export { PositionGone } from './bus.js';
export type {
  Bus,
  Delivery,
  IncomingMessage,
  OutgoingMessage,
  Position,
  Reader,
  SubscribeOptions,
  Subscription,
  Tail,
  TailOptions,
  TopicPartition,
} from './bus.js';
export type { BusLog } from './bus-log.js';
export { DEAD_LETTER_HEADERS } from './dead-letter.js';
export { KafkaBus } from './kafka/kafka-bus.js';
export type { KafkaBusOptions } from './kafka/kafka-bus.js';
export type { KafkaConnection } from './kafka/kafka-client.js';
export { findTopics } from './kafka/kafka-survey.js';
export type { FoundTopic } from './kafka/kafka-survey.js';
export { createTopics, missingTopics } from './kafka/kafka-topics.js';
export type { KafkaTopic } from './kafka/kafka-topics.js';
export { MemoryBroker } from './memory/memory-broker.js';
export type { MemoryBrokerOptions } from './memory/memory-broker.js';
export { MemoryBus } from './memory/memory-bus.js';
export type { FaultOptions } from './memory/faults.js';
export {
  TRACE_PARENT_HEADER,
  activeTraceParent,
  callersTraceParent,
  contextOf,
  spanWithin,
  traced,
} from './tracing.js';
export type { TracedWork } from './tracing.js';
export { partitionOf } from './partition.js';
