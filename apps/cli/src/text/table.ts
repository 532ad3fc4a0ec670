import { printable } from './printable.js';

/** What one cell shows; null is shown as a dash. */
export type Cell = string | number | null;

/** A table for people: a line of headings, one a row, columns as wide as what stands in them. */
export function textTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [headings, ...rows].map((row) => row.map(cellText));
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((cell, at) => padded(cell, widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and what stands behind them, below each other. */
export function textList(entries: readonly (readonly [name: string, value: Cell])[]): string {
  const nameWidth = Math.max(...entries.map(([name]) => width(name)));
  return entries
    .map(([name, value]) => `${padded(name, nameWidth)}  ${cellText(value)}`.trimEnd())
    .join('\n');
}

function cellText(cell: Cell): string {
  return cell === null || cell === '' ? '-' : printable(String(cell));
}

function width(text: string): number {
  return [...text].length;
}

function padded(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}
