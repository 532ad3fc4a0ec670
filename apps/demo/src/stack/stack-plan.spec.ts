import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@holdfast/testing';
import { configureApps, planStack, setupEnvironment } from './stack-plan.js';

test('every process has a port of its own, and the given ones are kept', async () => {
  const port = await freePort();
  const plan = await planStack({ coordinators: 2, ports: { 'coordinator-2': port }, participants: {} });
  expect(plan.apps.map(({ name }) => name)).toEqual([
    'coordinator',
    'coordinator-2',
    'order',
    'inventory',
    'coupon',
    'payment',
  ]);
  expect(plan.apps[1]).toEqual({
    name: 'coordinator-2',
    app: 'coordinator',
    program: expect.stringMatching(/coordinator.dist.main\.js$/),
    port,
    url: `http://127.0.0.1:${port}`,
  });
  const ports = [plan.postgresPort, plan.kafkaPort, ...plan.apps.map((app) => app.port)];
  expect(new Set(ports).size).toBe(8);
});

test('each service has a database of its own, which all coordinators share', async () => {
  const plan = await planStack({ coordinators: 2, ports: {}, participants: {} });
  const apps = configureApps({
    plan,
    brokers: '127.0.0.1:1',
    topicPrefix: 'holdfast',
    replayMode: true,
    impatient: false,
  });
  const names = apps.map(({ env }) => new URL(env['DATABASE_URL'] ?? '').pathname);
  expect(names).toEqual([
    '/holdfast_coordinator',
    '/holdfast_coordinator',
    '/shop_order',
    '/shop_inventory',
    '/shop_coupon',
    '/shop_payment',
  ]);
});

test('only the order service accepts orders of the past, and only where it is asked to', async () => {
  const plan = await planStack({ coordinators: 1, ports: {}, participants: {} });
  const replayModes = (replayMode: boolean) =>
    configureApps({ plan, brokers: undefined, topicPrefix: 'holdfast', replayMode, impatient: false }).map(
      ({ env }) => env['REPLAY_MODE'],
    );
  expect(replayModes(true)).toEqual([undefined, 'true', undefined, undefined, undefined]);
  expect(replayModes(false)).toEqual([undefined, 'false', undefined, undefined, undefined]);
});

test('setup gets the database, the brokers and the prefix of the coordinator', async () => {
  const plan = await planStack({ coordinators: 1, ports: {}, participants: {} });
  const env = setupEnvironment({
    plan,
    brokers: 'kafka:9092',
    topicPrefix: 'demo',
    replayMode: true,
    impatient: false,
  });
  expect(env).toEqual({
    DATABASE_URL: plan.databases.coordinator,
    PARTICIPANTS: 'order,inventory,coupon,payment',
    KAFKA_BROKERS: 'kafka:9092',
    TOPIC_PREFIX: 'demo',
  });
});

test('a port that is taken is named with who wanted it', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const planned = planStack({ coordinators: 1, ports: { payment: port }, participants: {} });
  await expect(planned).rejects.toThrow(`Port ${port}, on which payment should listen, is taken`);
  server.close();
});

test('a port for a process that does not exist is refused', async () => {
  await expect(planStack({ coordinators: 1, ports: { paymnet: 3000 }, participants: {} })).rejects.toThrow(
    'A port is given for paymnet, and the processes are postgres, kafka, coordinator, order',
  );
});

test('coordinators call something hung within seconds only where that is to be shown', async () => {
  const plan = await planStack({ coordinators: 1, ports: {}, participants: {} });
  const settingOf = (impatient: boolean) =>
    configureApps({ plan, brokers: undefined, topicPrefix: 'holdfast', replayMode: true, impatient })[0]?.env[
      'HUNG_AFTER'
    ];
  expect([settingOf(false), settingOf(true)]).toEqual([undefined, '2s']);
});

test('a further participant has its own database, knows its name, and gets a topic', async () => {
  const plan = await planStack({
    coordinators: 1,
    ports: {},
    participants: { delivery: '/delivery/main.js' },
  });
  const options = {
    plan,
    brokers: '127.0.0.1:1',
    topicPrefix: 'holdfast',
    replayMode: false,
    impatient: false,
  };
  const delivery = configureApps(options).at(-1);
  expect(delivery).toMatchObject({ program: '/delivery/main.js', env: { PARTICIPANT: 'delivery' } });
  expect(delivery?.env['DATABASE_URL']).toBe(plan.databases['delivery']);
  expect(new URL(plan.databases['delivery'] ?? '').pathname).toBe('/participant_delivery');
  expect(setupEnvironment(options)['PARTICIPANTS']).toBe('order,inventory,coupon,payment,delivery');
});

test('a further participant can not take the name of another process', async () => {
  const planned = planStack({ coordinators: 1, ports: {}, participants: { payment: '/main.js' } });
  await expect(planned).rejects.toThrow('Two processes would be called payment');
});
