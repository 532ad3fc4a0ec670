import { measured } from '../measured.suite.js';
import { benchTable } from './table.js';

test('each point is a row, with what it cost and what was refused', () => {
  const [header = '', row = ''] = benchTable([measured({})]).split('\n');
  const cells = row.trim().split(/\s{2,}/);
  expect(cells).toEqual([
    ...['holdfast', 'rows', 'declared', '4', '64 in flight', 'by chance', '1000'],
    ...['-', '-', '40 ms', '80 ms', '80 ms', '1.50', '2.00', '1.50', '2.0', '4.00', '3', '0'],
  ]);
  expect(header.trim().split(/\s{2,}/)).toHaveLength(cells.length);
});

test('a point that other processes disturbed is named', () => {
  expect(benchTable([measured({})])).not.toContain('not quiet');
  expect(benchTable([measured({ foreignShare: 0.2 })])).toMatch(
    /not quiet:\n.*64 in flight: other processes 20%, stolen 0%, load average 2.0$/,
  );
});
