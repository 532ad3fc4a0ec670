export type {
  Bus,
  Delivery,
  IncomingMessage,
  OutgoingMessage,
  SubscribeOptions,
  Subscription,
  TopicPartition,
} from './bus.js';
