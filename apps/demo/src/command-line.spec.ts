import { readCommandLine, UsageError } from './command-line.js';

const read = (line: string) => readCommandLine(line.split(' '), '/shop', () => undefined);

test('demo without options replays a made-up shop in declared mode', () => {
  expect(read('demo')).toMatchObject({
    type: 'demo',
    options: {
      folder: '/shop/.holdfast',
      shopFolder: undefined,
      reportFile: undefined,
      mode: 'declared',
      inFlightMax: 256,
      keep: false,
      coordinators: 1,
      ports: {},
    },
  });
});

test('demo takes all its options, with paths relative to the working folder', () => {
  const line =
    'demo --data ../orders --mode registered --in-flight 2 --report out/r.json --keep --coordinators 2';
  expect(read(`${line} --port postgres=5432 --port coordinator=3000`)).toMatchObject({
    options: {
      shopFolder: '/orders',
      reportFile: '/shop/out/r.json',
      mode: 'registered',
      inFlightMax: 2,
      keep: true,
      coordinators: 2,
      ports: { postgres: 5432, coordinator: 3000 },
    },
  });
});

test('start takes the options of the stack and no others', () => {
  expect(read('start --coordinators 8')).toMatchObject({ type: 'start', options: { coordinators: 8 } });
  expect(() => read('start --keep')).toThrow(UsageError);
});

test('start takes further participants, with paths relative to the working folder', () => {
  expect(read('start --participant delivery=../delivery/main.js')).toMatchObject({
    options: { participants: { delivery: '/delivery/main.js' } },
  });
});

test('stack names an action and a process', () => {
  const folder = '/shop/.holdfast';
  expect(read('stack restart payment')).toEqual({
    type: 'stack',
    folder,
    action: 'restart',
    name: 'payment',
  });
  expect(read('stack stop')).toEqual({ type: 'stack', folder, action: 'stop' });
});

test.each([
  ['demo --mode fast', '--mode must be one of declared, interactive, registered, and not fast.'],
  ['demo --coordinators 0', '--coordinators must be a whole number from 1 to 8, and not 0.'],
  ['demo --coordinators 9', '--coordinators must be a whole number from 1 to 8, and not 9.'],
  ['demo --in-flight 1', '--in-flight must be a whole number from 2 to 4096, and not 1.'],
  ['demo --port 3000', '--port must be NAME=PORT, such as coordinator=3000, and not 3000.'],
  ['demo --port order=65536', 'The port of order must be a whole number from 1 to 65535, and not 65536.'],
  [
    'start --participant Delivery',
    '--participant must be NAME=PROGRAM, such as delivery=dist/main.js, and not Delivery.',
  ],
  ['demo --dta x', "Unknown option '--dta'"],
  ['demo extra', 'extra'],
  ['stack', 'The action must be one of status, stop, start, restart.'],
  ['stack start', 'Name the process to start'],
  ['stack stop order payment', 'One process at a time: payment is too much.'],
  ['replay', 'There is no command "replay".'],
])('%s is refused with a sentence', (line, sentence) => {
  expect(() => read(line)).toThrow(UsageError);
  expect(() => read(line)).toThrow(sentence);
});

test('a Confirm may hang at a service that a small checkout needs, and the stack stays', () => {
  expect(read('demo --hang payment')).toMatchObject({ options: { hang: 'payment', keep: true } });
  expect(() => read('demo --hang coupon')).toThrow(
    '--hang must be one of payment, inventory, and not coupon.',
  );
});
