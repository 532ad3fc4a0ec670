import { expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

test('it stops claiming, answers who waits, and gives back what it holds for another to go on with at once', async () => {
  const coordinator = new CoordinatorUnderTest();
  await coordinator.start(['p']);
  try {
    const p = coordinator.participant('p');
    p.script = (command) => (command.operation === 'confirm' ? undefined : agreeable(command));
    const waiting = coordinator.declare(['p'], '?wait=ended&timeout=60s');
    await until(() => p.commands.some(({ operation }) => operation === 'confirm'), { what: 'a Confirm' });
    const [stopped] = coordinator.services.splice(0, 1);
    await stopped?.service.close();
    const { status, body } = await waiting;
    expect([status, body.phase]).toEqual([201, 'confirming']);
    expect(await coordinator.sql('select holder from transactions')).toEqual([{ holder: null }]);
    expect(await coordinator.sql('select instance from instances')).toEqual([]);

    p.script = agreeable;
    await coordinator.startCoordinator();
    await until(
      async () => (await coordinator.get(`/v1/transactions/${body.xid}`)).body.phase === 'confirmed',
      {
        what: 'the end',
      },
    );
    expect((await coordinator.request('GET', '/readyz')).body).toMatchObject({
      checks: { database: 'ready', replies: 'ready', publishing: 'ready' },
    });
  } finally {
    await coordinator.stop();
  }
});
