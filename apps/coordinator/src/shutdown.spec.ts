import { get } from 'node:http';
import { expect, test } from '@jest/globals';
import { until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';
import { EngineParts } from './engine/engine-parts.js';
import { EventStreams } from './operators/event-streams.js';

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

/** Notes in order which calls of a method have ended. */
function note<K extends string>(on: Record<K, () => unknown>, method: K, into: string[]): void {
  const original = on[method].bind(on);
  on[method] = async () => {
    await original();
    into.push(method);
  };
}

test('it stops claiming, finishes, gives back, and only then ends the streams and the server', async () => {
  const coordinator = new CoordinatorUnderTest();
  await coordinator.start(['p']);
  try {
    const [{ service } = { service: undefined }] = coordinator.services.splice(0, 1);
    if (!service) throw new Error('nothing runs');
    const parts = service.app.get(EngineParts, { strict: false });
    const order: string[] = [];
    note(parts.sweeper, 'stop', order);
    note(parts.replies, 'stop', order);
    note(parts.engine, 'idle', order);
    note(parts.transactions, 'releaseOwn', order);
    note(parts.instances, 'remove', order);
    note(service.app.get(EventStreams, { strict: false }), 'end', order);
    await new Promise<unknown>((opened) =>
      get(`${service.url}/v1/stream`, (response) => {
        response.on('data', opened).on('close', () => order.push('the stream is over'));
      }),
    );
    service.app.getHttpServer().on('close', () => order.push('the server is closed'));
    await service.close();
    await until(() => order.includes('the stream is over'), { what: 'the end of the stream' });
    expect(order.slice(0, 6)).toEqual(['stop', 'stop', 'idle', 'releaseOwn', 'remove', 'end']);
    expect(order.slice(6).sort()).toEqual(['the server is closed', 'the stream is over']);
  } finally {
    await coordinator.stop();
  }
});
