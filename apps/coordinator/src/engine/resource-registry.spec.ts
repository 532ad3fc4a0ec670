import { expect, test } from '@jest/globals';
import type { AnnouncedResource } from '@holdfast/store';
import { ResourceRegistry } from './resource-registry.js';

const known: AnnouncedResource = {
  participant: 'p',
  resource: 'p.reserve',
  schemaHash: 'a'.repeat(64),
  inputSchema: { type: 'object' },
};

test('what another coordinator has stored is found by all who ask during the second look, and right after a vain one', async () => {
  let stored: AnnouncedResource[] = [];
  let looks = 0;
  const registry = new ResourceRegistry({
    announce: async () => undefined,
    all: async () => {
      looks += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return stored;
    },
  });
  expect(await registry.fault('p', 'p.reserve', {})).toEqual({ type: 'unknownResource' });
  stored = [known];
  const faults = await Promise.all(Array.from({ length: 10 }, () => registry.fault('p', 'p.reserve', {})));
  expect(faults).toEqual(Array(10).fill(undefined));
  expect(looks).toBe(2);
});
