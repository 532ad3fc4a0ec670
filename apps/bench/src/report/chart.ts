import type { Measured } from '../measure.js';
import type { BenchReport } from './report.js';

const WIDTH = 960;
const PANEL_HEIGHT = 260;
const MARGIN = { left: 70, right: 20, top: 60, bottom: 30 };
const COLOURS = ['#2563eb', '#0d9488', '#7c3aed', '#d97706', '#64748b', '#dc2626', '#65a30d', '#db2777'];

interface Panel {
  readonly title: string;
  readonly valueOf: (measured: Measured) => number | undefined;
}

const PANELS: readonly Panel[] = [
  { title: 'Ended transactions a second', valueOf: ({ endedPerSecond }) => endedPerSecond },
  { title: 'p99 to ended, ms', valueOf: ({ seen }) => seen.ended?.p99Ms },
];

/** Bars of what closed loops gave, by the number in flight; one panel for the throughput, one for the slowest. */
export function chart(report: Pick<BenchReport, 'points' | 'duels'>): string {
  const all = [...report.points, ...report.duels.flatMap(({ before, theirs }) => [before, theirs])];
  const measured = all.filter(({ point }) => point.load.kind === 'closed').filter(isFirstOfItsKind);
  const series = [...new Set(measured.map(seriesOf))];
  const inFlights = [...new Set(measured.map(inFlightOf))].toSorted((a, b) => a - b);
  const legendHeight = Math.ceil(series.length / 2) * 18 + 10;
  const height = PANELS.length * PANEL_HEIGHT + legendHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...series.flatMap((name, n) => legend(name, n)),
    ...PANELS.map(
      (panel, n) =>
        `<g transform="translate(0 ${legendHeight + n * PANEL_HEIGHT})">${bars(panel, measured, series, inFlights)}</g>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** A point that was measured more than once has one bar. */
function isFirstOfItsKind(measured: Measured, n: number, all: readonly Measured[]): boolean {
  return (
    all.findIndex(
      (each) => seriesOf(each) === seriesOf(measured) && inFlightOf(each) === inFlightOf(measured),
    ) === n
  );
}

function legend(name: string, n: number): string[] {
  const x = MARGIN.left + (n % 2) * 440;
  const y = 10 + Math.floor(n / 2) * 18;
  return [
    `<rect x="${x}" y="${y}" width="12" height="12" fill="${colourOf(n)}"/>`,
    `<text x="${x + 18}" y="${y + 10}">${escaped(name)}</text>`,
  ];
}

function bars(
  { title, valueOf }: Panel,
  measured: readonly Measured[],
  series: readonly string[],
  inFlights: readonly number[],
): string {
  const highest = Math.max(1, ...measured.map((each) => valueOf(each) ?? 0));
  const plotHeight = PANEL_HEIGHT - MARGIN.top - MARGIN.bottom;
  const floor = MARGIN.top + plotHeight;
  const groupWidth = (WIDTH - MARGIN.left - MARGIN.right) / Math.max(1, inFlights.length);
  const barWidth = (groupWidth * 0.8) / Math.max(1, series.length);
  const heightOf = (value: number) => (value / highest) * plotHeight;
  const drawn = measured.flatMap((each) => {
    const value = valueOf(each);
    if (value === undefined) return [];
    const n = series.indexOf(seriesOf(each));
    const x = MARGIN.left + inFlights.indexOf(inFlightOf(each)) * groupWidth + n * barWidth;
    const y = floor - heightOf(value);
    return [
      `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(barWidth * 0.9).toFixed(1)}" height="${heightOf(value).toFixed(1)}" fill="${colourOf(n)}"/>`,
      `<text x="${(x + barWidth * 0.45).toFixed(1)}" y="${(y - 3).toFixed(1)}" font-size="9" text-anchor="middle">${value.toFixed(0)}</text>`,
    ];
  });
  const names = inFlights.map(
    (inFlight, n) =>
      `<text x="${(MARGIN.left + (n + 0.4) * groupWidth).toFixed(1)}" y="${floor + 18}" text-anchor="middle">${inFlight} in flight</text>`,
  );
  const axis = `<line x1="${MARGIN.left}" y1="${floor}" x2="${WIDTH - MARGIN.right}" y2="${floor}" stroke="#334155"/>`;
  const heading = `<text x="${MARGIN.left}" y="${MARGIN.top - 28}" font-size="14" font-weight="bold">${title}</text>`;
  return [heading, axis, ...drawn, ...names].join('');
}

function seriesOf({ system, point }: Measured): string {
  const { participants, way, branches, hot } = point;
  return [system, participants, way, `${branches} branches`, ...(hot ? ['one hot row'] : [])].join(', ');
}

function inFlightOf({ point }: Measured): number {
  return point.load.kind === 'closed' ? point.load.inFlight : 0;
}

function colourOf(n: number): string {
  return COLOURS[n % COLOURS.length] as string;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
