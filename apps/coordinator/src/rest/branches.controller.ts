import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { findBranch } from '@holdfast/core';
import type { Branch, Event, Transaction } from '@holdfast/core';
import {
  BranchId,
  BranchSummary,
  RefusedReport,
  RegisterBranchRequest,
  TriedReport,
  WaitTriedQuery,
  Xid,
} from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { z } from 'zod';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { expectSpeaksFor } from '../access/own-branches.js';
import { EngineParts } from '../engine/engine-parts.js';
import { BranchCheck } from './branch-check.js';
import { TransactionReader } from './transaction-reader.js';
import { expectApplied } from './transaction-rejected.js';
import { branchSummary } from './transaction-views.js';

/** Branches that come one by one: from the initiator, or from a participant that was called directly. */
@ApiTags('branches')
@Controller('v1/transactions/:xid/branches')
export class BranchesController {
  constructor(
    private readonly check: BranchCheck,
    private readonly reader: TransactionReader,
    private readonly parts: EngineParts,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiResponse({
    status: 200,
    description: 'The branch stands, and is durable.',
    standardSchema: BranchSummary,
  })
  async register(
    @CurrentActor() actor: Actor,
    @Param('xid', { schema: Xid }) xid: Xid,
    @Body({ schema: RegisterBranchRequest }) branch: z.output<typeof RegisterBranchRequest>,
    @Query({ schema: WaitTriedQuery }) { wait, timeout }: WaitTriedQuery,
  ): Promise<BranchSummary> {
    expectSpeaksFor(actor, branch.participant);
    await this.check.one(branch);
    const pause = this.check.pause([branch]);
    // A branch that stands is acknowledged again: whoever lost the answer may ask at any time.
    if (pause && !findBranch(await this.reader.read(xid), branch.branchId)) throw pause;
    const transaction = await this.apply(xid, {
      type: 'branchRegistered',
      at: this.parts.clock.now(),
      branch,
    });
    const { branchId } = branch;
    return summaryOf(
      wait ? await this.reader.answered(transaction, branchId, timeout) : transaction,
      branchId,
    );
  }

  @Post(':branchId/actions/tried')
  @HttpCode(200)
  @ApiResponse({ status: 200, description: 'The yes is durable.', standardSchema: BranchSummary })
  async tried(
    @CurrentActor() actor: Actor,
    @Param('xid', { schema: Xid }) xid: Xid,
    @Param('branchId', { schema: BranchId }) branchId: BranchId,
    @Body({ schema: TriedReport }) { answer }: TriedReport,
  ): Promise<BranchSummary> {
    await this.expectReporter(actor, xid, branchId);
    const event = { type: 'tried', at: this.parts.clock.now(), branchId, answer, reported: true } as const;
    return summaryOf(await this.apply(xid, event), branchId);
  }

  @Post(':branchId/actions/refused')
  @HttpCode(200)
  @ApiResponse({ status: 200, description: 'The no is durable.', standardSchema: BranchSummary })
  async refused(
    @CurrentActor() actor: Actor,
    @Param('xid', { schema: Xid }) xid: Xid,
    @Param('branchId', { schema: BranchId }) branchId: BranchId,
    @Body({ schema: RefusedReport }) { code, message }: RefusedReport,
  ): Promise<BranchSummary> {
    await this.expectReporter(actor, xid, branchId);
    const event = {
      type: 'refused',
      at: this.parts.clock.now(),
      branchId,
      code,
      message,
      reported: true,
    } as const;
    return summaryOf(await this.apply(xid, event), branchId);
  }

  /** Before the answer counts. Whose a branch is never changes, so it cannot change in between either. */
  private async expectReporter(actor: Actor, xid: string, branchId: string): Promise<void> {
    if (actor.role !== 'participant') return;
    const branch = findBranch(await this.reader.read(xid), branchId);
    if (!branch) throw HttpProblem.of('BRANCH_NOT_FOUND', 'Register the branch before you report on it.');
    expectSpeaksFor(actor, branch.participant);
  }

  private async apply(xid: string, event: Event): Promise<Transaction> {
    return expectApplied(xid, await this.parts.engine.apply(xid, event));
  }
}

function summaryOf(transaction: Transaction, branchId: string): BranchSummary {
  return branchSummary(transaction, findBranch(transaction, branchId) as Branch);
}
