import { expect, test } from '@jest/globals';
import { ROLES } from '@holdfast/protocol';
import { ACCESS_RULES, isOpenToEverybody, rolesAllowed } from './access-rules.js';
import { tableOf } from './access-page.suite.js';

test('I15: the table of the roles in the docs is the one that holds', async () => {
  const inForce = Object.keys(ACCESS_RULES).map((route) => [
    `\`${route}\``,
    ...ROLES.map((role) => (isOpenToEverybody(route) || rolesAllowed(route).includes(role) ? 'yes' : '')),
  ]);
  expect(await tableOf('roles')).toEqual(inForce);
});
