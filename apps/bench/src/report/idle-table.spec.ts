import { idleTable } from './idle-table.js';

const idle = (corePercent: Record<string, number>) => ({
  seconds: 20,
  corePercent,
  residentMiB: { coordinator: 120 },
});

test('a coordinator and four participants are added up', () => {
  const equal = { 'equal-1': 0.25, 'equal-2': 0.25, 'equal-3': 0.25, 'equal-4': 0.25 };
  const text = idleTable(idle({ coordinator: 0.5, ...equal, kafka: 3 }));
  expect(text).toMatch(/coordinator +0\.50% +120\n/);
  expect(text).toContain('together: 1.50% of a core');
});

test('where they do not run there is no sum', () => {
  expect(idleTable(idle({ coordinator: 0.5 }))).not.toContain('together');
});
