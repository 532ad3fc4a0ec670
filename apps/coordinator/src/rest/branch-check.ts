import type { BranchDeclaration } from '@holdfast/core';
import { INPUT_BYTES_MAX } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { ResourceRegistry } from '../engine/resource-registry.js';

/** Checks branches before anything about them is durable. */
export class BranchCheck {
  /** @param paused the participants that take nothing new at the moment. */
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly paused: ReadonlySet<string>,
  ) {}

  /** Why these may not be begun now though nothing is wrong with them; undefined where no participant is paused. */
  pause(branches: readonly BranchDeclaration[]): HttpProblem | undefined {
    const branch = branches.find(({ participant }) => this.paused.has(participant));
    if (!branch) return undefined;
    const detail =
      `Participant ${branch.participant} is paused, so nothing was begun with it. ` +
      'Repeat this once it is resumed; GET /v1/participants says who paused it and why.';
    return HttpProblem.of('PARTICIPANT_PAUSED', detail);
  }

  /**
   * Whether these may be the branches of a transaction.
   * @param bytes of them all together, or more.
   * @throws a problem that names the first one at fault.
   */
  async all(branches: readonly BranchDeclaration[], bytes: number): Promise<void> {
    const branchIds = new Set<string>();
    for (const [i, { branchId }] of branches.entries()) {
      if (branchIds.has(branchId)) {
        const errors = [{ path: `/branches/${i}/branchId`, message: 'stands twice' }];
        throw HttpProblem.of('INVALID_REQUEST', `Branch ${branchId} stands twice.`, errors);
      }
      branchIds.add(branchId);
    }
    // Where all of them together are small enough, each of them is.
    const mayBeTooLarge = bytes > INPUT_BYTES_MAX;
    for (const [i, branch] of branches.entries()) {
      if (mayBeTooLarge) checkSize(branch, `/branches/${i}`);
      await this.checkInput(branch, `/branches/${i}`);
    }
  }

  /** The same for one branch that comes alone. */
  async one(branch: BranchDeclaration): Promise<void> {
    checkSize(branch, '');
    await this.checkInput(branch, '');
  }

  private async checkInput(
    { branchId, participant, resource, input }: BranchDeclaration,
    path: string,
  ): Promise<void> {
    const fault = await this.registry.fault(participant, resource, input);
    if (fault?.type === 'unknownResource') {
      const detail =
        `Participant ${participant} has not announced resource ${resource}. ` +
        'Check the two names; a participant announces its resources when it starts.';
      throw HttpProblem.of('UNKNOWN_RESOURCE', detail, [{ path: `${path}/resource`, message: 'unknown' }]);
    }
    if (fault) {
      const detail = `The input of branch ${branchId} does not fit the schema of ${participant}'s ${resource}.`;
      const errors = fault.errors.map((each) => ({ ...each, path: `${path}/input${each.path}` }));
      throw HttpProblem.of('INVALID_INPUT', detail, errors);
    }
  }
}

function checkSize({ branchId, input }: BranchDeclaration, path: string): void {
  const bytes = bytesOf(input);
  if (bytes <= INPUT_BYTES_MAX) return;
  const detail = `The input of branch ${branchId} has ${bytes} bytes; at most ${INPUT_BYTES_MAX} are allowed.`;
  throw HttpProblem.of('INPUT_TOO_LARGE', detail, [{ path: `${path}/input`, message: 'too large' }]);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
