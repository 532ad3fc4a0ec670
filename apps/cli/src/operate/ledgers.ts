import { AuditList, FrozenList } from '@holdfast/protocol';
import { EXIT, type ExitCode } from '../exit-code.js';
import type { Call } from '../rest/call.js';
import type { Query } from '../rest/coordinator.js';
import { shortened } from '../text/printable.js';
import { textTable } from '../text/table.js';
import { agoText } from '../text/time-text.js';
import { moreText } from './transactions.js';

const RESERVATION_CHARACTERS_MAX = 60;

/** What is held, for which transaction, since when. */
export async function listFrozen({ coordinator, answer, now }: Call, query: Query): Promise<ExitCode> {
  const { body, raw } = await coordinator.get('/v1/frozen', FrozenList, query);
  answer(raw, () => {
    if (body.items.length === 0) return 'Nothing is frozen.';
    const table = textTable(
      ['SINCE', 'PARTICIPANT', 'RESOURCE', 'XID', 'BRANCH', 'NAME', 'REFERENCE', 'STATE', 'RESERVATION'],
      body.items.map((item) => [
        agoText(item.since, now),
        ...[item.participant, item.resource, item.xid, item.branchId, item.name, item.reference],
        item.forced ? `${item.state} (by force)` : item.state,
        item.reservation === null
          ? null
          : shortened(JSON.stringify(item.reservation), RESERVATION_CHARACTERS_MAX),
      ]),
    );
    return `${table}${moreText(body.next)}`;
  });
  return EXIT.ok;
}

/** What operators did, the youngest first. */
export async function listAudit({ coordinator, answer }: Call, query: Query): Promise<ExitCode> {
  const { body, raw } = await coordinator.get('/v1/audit', AuditList, query);
  answer(raw, () => {
    if (body.items.length === 0) return 'No operator has done anything that fits.';
    const table = textTable(
      ['AT', 'WHO', 'ACTION', 'ON', 'REASON', 'EVIDENCE'],
      body.items.map(({ at, actor, action, xid, branchId, participant, batchId, reason, evidence }) => [
        ...[at, actor, action],
        [xid, branchId, participant, batchId].filter(Boolean).join(' '),
        ...[reason, evidence],
      ]),
    );
    return `${table}${moreText(body.next)}`;
  });
  return EXIT.ok;
}
