import { PROBLEMS, Problem, problem, problemOf } from './problem.js';
import type { ProblemCode } from './problem.js';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

test.each(CODES)('%s is a problem of RFC 9457', (code) => {
  const body = problem(code, 'Say it again.');
  expect(Problem.parse(body)).toEqual(body);
  expect(body).toEqual({
    type: expect.stringMatching(/^https:\/\/holdfast\.dev\/problems\/[a-z]+(-[a-z]+)*$/),
    ...PROBLEMS[code],
    detail: 'Say it again.',
    code,
  });
  expect(body.status).toBeGreaterThanOrEqual(400);
  expect(body.status).toBeLessThan(600);
});

test('no two codes share a type or a title', () => {
  expect(new Set(CODES.map((code) => problem(code, '').type)).size).toBe(CODES.length);
  expect(new Set(CODES.map((code) => PROBLEMS[code].title)).size).toBe(CODES.length);
});

test('the fields at fault are listed where there are any', () => {
  const errors = [{ path: '/branches/0/input', message: 'too large' }];
  expect(problem('INVALID_REQUEST', '', errors)).toMatchObject({ errors });
  expect(problem('INVALID_REQUEST', '')).not.toHaveProperty('errors');
});

test('a service may have codes of its own', () => {
  const kind = { status: 409, title: 'The order is closed' };
  expect(problemOf('ORDER_CLOSED', kind, 'A-1')).toEqual({
    type: 'https://holdfast.dev/problems/order-closed',
    ...kind,
    detail: 'A-1',
    code: 'ORDER_CLOSED',
  });
});
