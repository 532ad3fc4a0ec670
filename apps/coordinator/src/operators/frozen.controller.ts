import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { BranchId, FrozenList, FrozenQuery, Xid, durationMs } from '@holdfast/protocol';
import type { FrozenItem } from '@holdfast/protocol';
import { FrozenLedger } from '@holdfast/store';
import type { FrozenBranch } from '@holdfast/store';
import { z } from 'zod';
import { EngineParts } from '../engine/engine-parts.js';
import { PageCursor } from '../rest/page-cursor.js';
import { branchState } from '../rest/transaction-views.js';

const LIMIT_DEFAULT = 50;

const cursors = new PageCursor(z.object({ xid: Xid, branchId: BranchId }));

/** What participants hold. */
@ApiTags('operators')
@Controller('v1/frozen')
export class FrozenController {
  constructor(
    private readonly ledger: FrozenLedger,
    private readonly parts: EngineParts,
  ) {}

  @Get()
  @ApiResponse({
    status: 200,
    description: 'One page, what was begun longest ago first.',
    standardSchema: FrozenList,
  })
  async list(
    @Query({ schema: FrozenQuery }) { cursor, limit = LIMIT_DEFAULT, ...filter }: FrozenQuery,
  ): Promise<FrozenList> {
    const { olderThan, ...others } = filter;
    const begunBefore = olderThan === undefined ? undefined : this.parts.clock.now() - durationMs(olderThan);
    const after = cursors.read(cursor, filter);
    const { rows, next } = await this.ledger.page({ ...others, begunBefore }, limit, after);
    return { items: rows.map(frozenItem), next: cursors.write(next, filter) };
  }
}

function frozenItem(row: FrozenBranch): FrozenItem {
  const { xid, branchId, name, reference, participant, resource, phase, beganAt } = row;
  const state = branchState(row, row);
  return {
    ...{ xid, branchId, name, reference, participant, resource, phase, state },
    // What a participant tried by itself is held since the begin at the earliest.
    since: new Date(row.try.firstAt ?? beganAt).toISOString(),
    reservation: row.try.state === 'tried' ? row.try.answer : null,
    forced: state === 'forced',
  };
}
