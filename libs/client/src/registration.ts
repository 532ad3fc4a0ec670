import type { BranchDefinition, InputGiven, Reservation } from '@holdfast/protocol';
import type { Coordinator, KnownErrand } from './coordinator.js';

/** What a local Try came to. */
export type TryAnswer<B extends BranchDefinition> =
  | { readonly outcome: 'tried'; readonly answer: Reservation<B> }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** Registers a branch before its Try runs here, and reports what the Try answered. */
export async function registerBranch<B extends BranchDefinition>(
  coordinator: Coordinator,
  errand: KnownErrand,
  branchId: string,
  definition: B,
  input: InputGiven<B>,
  tryLocally: () => Promise<TryAnswer<B>>,
): Promise<TryAnswer<B>> {
  const { participant, resource } = definition;
  const request = { branchId, participant, resource, input, tryBy: 'participant' } as const;
  // Even if it turns out to be answered or decided: the fence replays its answer, and the report is a repeat.
  await coordinator.registerBranch(errand, request);
  const answer = await tryLocally();
  if (answer.outcome === 'tried') {
    await coordinator.reportTried(errand, branchId, { answer: answer.answer });
  } else {
    const { code, message } = answer;
    await coordinator.reportRefused(errand, branchId, { code, message });
  }
  return answer;
}
