import { z } from 'zod';
import { flag, foundationSettings, readSettings } from './settings.js';

const Settings = z.object({ ...foundationSettings, REPLAY_MODE: flag });
const SOUND = { PORT: '3001', DATABASE_URL: 'postgres://me:secret@127.0.0.1:5432/shop' };
const messageOf = (env: Record<string, string>) => {
  try {
    readSettings('order', Settings, env);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

test('what is not given has its default, and an empty variable counts as not given', () => {
  const brokers = { KAFKA_BROKERS: 'a:9092,b:9092' };
  expect(readSettings('order', Settings, { ...SOUND, ...brokers, HOST: '', OTHER: 'x' })).toEqual({
    HOST: '127.0.0.1',
    PORT: 3001,
    LOG_LEVEL: 'log',
    DATABASE_URL: SOUND.DATABASE_URL,
    DATABASE_TLS: false,
    KAFKA_TLS: false,
    DATABASE_POOL_SIZE: 10,
    KAFKA_BROKERS: ['a:9092', 'b:9092'],
    TOPIC_PREFIX: 'holdfast',
    REPLAY_MODE: false,
  });
});

test('all that is wrong is said in one sentence, which shows no value', () => {
  const message = messageOf({ PORT: '70000', DATABASE_URL: 'mysql://me:secret@db/shop', REPLAY_MODE: 'yes' });
  expect(message).toBe(
    'The configuration of order does not do: PORT must be a whole number from 0 to 65535; ' +
      'DATABASE_URL must be a URL such as postgres://user:password@127.0.0.1:5432/name; ' +
      'REPLAY_MODE must be true or false.',
  );
});

test('what is missing is named', () => {
  expect(messageOf({})).toBe(
    'The configuration of order does not do: PORT must be given; DATABASE_URL must be given.',
  );
});

test('a variable of ours that is not known stops the start', () => {
  expect(messageOf({ ...SOUND, HOLDFAST_TOPIC_PREFIX: 'x' })).toBe(
    'The configuration of order does not do: HOLDFAST_TOPIC_PREFIX is not known.',
  );
});

test.each(['localhost', 'a:9092,', ':9092', 'a b:9092', 'a:port'])('%j names no brokers', (brokers) => {
  expect(messageOf({ ...SOUND, KAFKA_BROKERS: brokers })).toMatch(/KAFKA_BROKERS must be host:port/);
});
