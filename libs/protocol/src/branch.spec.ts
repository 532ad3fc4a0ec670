import { z } from 'zod';
import { defineBranch } from './branch.js';
import type { Input, InputGiven, Reservation } from './branch.js';

const schemas = {
  input: z.object({ quantity: z.int().default(1) }),
  reservation: z.object({ id: z.string() }),
};

test('a definition is what it was given, and types its input and reservation', () => {
  const definition = { resource: 'inventory.reserve', participant: 'inventory', ...schemas };
  const ReserveStock = defineBranch(definition);
  expect(ReserveStock).toBe(definition);
  const given: InputGiven<typeof ReserveStock> = {};
  const input: Input<typeof ReserveStock> = ReserveStock.input.parse(given);
  const reservation: Reservation<typeof ReserveStock> = { id: 'r-1' };
  expect([input.quantity, reservation.id]).toEqual([1, 'r-1']);
});

test.each([
  { resource: 'inventory reserve', participant: 'inventory' },
  { resource: 'inventory.reserve', participant: '' },
])('names that the coordinator would not take are told at once: %j', (names) => {
  expect(() => defineBranch({ ...names, ...schemas })).toThrow(z.ZodError);
});
