import { auditText } from '../audit/audit-report.js';
import { codesText } from './outcome-tally.js';
import type { Latency, ReplaySummary } from './replay-summary.js';

const NAME_WIDTH = 14;

/** The summary for a person, as lines. */
export function summaryText(summary: ReplaySummary): string[] {
  const { orders, cancelledByCode, latencyMs, durationMs } = summary;
  const codes = codesText(cancelledByCode);
  const heals = healsText(summary);
  const seconds = durationMs.send / 1000;
  const bus = summary.bus === 'kafka' ? 'over Kafka' : 'on the memory bus';
  const row = (name: string, value: string | number) => `  ${name.padEnd(NAME_WIDTH)}${value}`;
  return [
    `${orders} orders of ${summary.shop} in ${seconds.toFixed(1)} s, ${(orders / seconds).toFixed(0)} a second, ` +
      `${summary.mode}, ${bus}, ${summary.inFlightMax} in flight`,
    row('confirmed', summary.confirmed),
    row('cancelled', `${summary.cancelled}${codes && `: ${codes}`}`),
    ...(summary.cutShort > 0 ? [row('', `${summary.cutShort} of them cut short, refused by nobody`)] : []),
    row('unknown', summary.unknown),
    ...(summary.rejected > 0 ? [row('rejected', summary.rejected)] : []),
    ...(summary.notEnded > 0 ? [row('not ended', summary.notEnded)] : []),
    row('decided', latencyText(latencyMs.decided)),
    row('ended', latencyText(latencyMs.ended)),
    row('restarts', codesText(summary.restarts) || 'none'),
    ...(heals === '' ? [] : [row('ready again', heals)]),
    row('as planned', planText(summary)),
    ...summary.surprises.first.map(
      ({ orderKey, expected, outcome }) => `    ${orderKey} was to be ${expected} and is ${outcome}`,
    ),
    ...auditText(summary.audit),
  ];
}

/** How long after each death all were ready again. */
function healsText({ healMs }: ReplaySummary): string {
  return Object.entries(healMs)
    .map(([name, ms]) => `${ms === null ? 'not' : `${(ms / 1000).toFixed(1)} s`} after ${name}`)
    .join(', ');
}

function latencyText({ p50, p99 }: Latency): string {
  return p50 === null ? 'nothing' : `p50 ${p50} ms, p99 ${p99} ms`;
}

function planText({ surprises, rareRefusals }: ReplaySummary): string {
  const faults = [
    ...(surprises.count > 0 ? [`${surprises.count} orders ended otherwise`] : []),
    ...(rareRefusals.length > 0 ? [`too seldom: ${rareRefusals.join(', ')}`] : []),
  ];
  return faults.length > 0 ? `no: ${faults.join('; ')}` : 'yes';
}
