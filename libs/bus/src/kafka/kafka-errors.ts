interface KafkaError {
  readonly cause?: unknown;
  /** Of an error that stands for several. */
  readonly errors?: readonly unknown[];
  readonly retriable?: boolean;
}

/**
 * Whether another attempt may do better: not when a broker or kafkajs said that it never will. What kafkajs calls
 * final when its own retries are used up is judged by its cause.
 */
export function mayHeal(error: unknown): boolean {
  const { cause, errors, retriable } = error as KafkaError;
  if (cause) return mayHeal(cause);
  if (errors) return errors.every(mayHeal);
  return retriable !== false;
}
