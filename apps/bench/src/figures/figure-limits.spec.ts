import { complaintAbout } from './figure-limits.suite.js';

test('a figure at its limit is good enough', () => {
  expect(complaintAbout('declaredCommits', 3)).toBeUndefined();
  expect(complaintAbout('begins', 50)).toBeUndefined();
});

test('one that is worse is told in a sentence, with its limit and what it was', () => {
  expect(complaintAbout('declaredCommits', 4.004)).toBe(
    'Commits of the coordinator for a declared transaction of four branches, its key included: 4. It has to be at most 3, and was 3 when that was set.',
  );
  expect(complaintAbout('begins', 49)).toMatch(/: 49\. It has to be at least 50, and was \d+ when/);
});
