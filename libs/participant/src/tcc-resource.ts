import type { BranchDefinition } from '@holdfast/protocol';
import type { TccHandler } from './handler.js';

export interface TccResourceOptions {
  /** How long one call of a handler's method may take, in milliseconds. The participant's limit unless given. */
  readonly handlerTimeoutMs?: number;
}

/** What `@TccResource` notes about a class. */
export interface ResourceMark {
  readonly definition: BranchDefinition;
  readonly options: TccResourceOptions;
}

const marks = new WeakMap<object, ResourceMark>();

/**
 * Marks a class as the handler of one kind of branch. It takes effect where the class is listed in the participant
 * module's `handlers`. A class that lacks a method, or whose types differ from the definition's, does not compile.
 */
export function TccResource<B extends BranchDefinition>(definition: B, options: TccResourceOptions = {}) {
  return (target: new (...args: never[]) => TccHandler<B>): void => {
    marks.set(target, { definition, options });
  };
}

/** @throws Error if the handler's class carries no `@TccResource`. */
export function markOf(handler: object): ResourceMark {
  for (
    let owner: unknown = handler.constructor;
    typeof owner === 'function';
    owner = Object.getPrototypeOf(owner)
  ) {
    const mark = marks.get(owner);
    if (mark) return mark;
  }
  throw new Error(`${handler.constructor.name} handles no branch: mark it with @TccResource(...)`);
}
