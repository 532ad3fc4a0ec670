import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { databaseSettings, kafkaSettings, readSettings } from './settings.js';
import { databaseTls, kafkaSecurity } from './transport-security.js';

const Settings = z.object({ ...databaseSettings, ...kafkaSettings });
const read = (env: Record<string, string>) =>
  readSettings('shelf', Settings, { DATABASE_URL: 'postgres://db.example/shelf', ...env });
const login = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'shelf',
  KAFKA_SASL_PASSWORD: 'a secret',
};

test('plain TCP and no login unless told otherwise', () => {
  expect(databaseTls(read({}))).toBeUndefined();
  expect(kafkaSecurity(read({}))).toEqual({});
});

test('TLS by the authorities of the system, and a login', () => {
  const settings = read({ DATABASE_TLS: 'true', KAFKA_TLS: 'true', ...login });
  expect(databaseTls(settings)).toEqual({});
  expect(kafkaSecurity(settings)).toEqual({
    tls: {},
    sasl: { mechanism: 'scram-sha-512', username: 'shelf', password: 'a secret' },
  });
});

test.each([
  [{ KAFKA_SASL_PASSWORD: 'a secret' }, 'all or none'],
  [{ ...login, KAFKA_SASL_USERNAME: '' }, 'all or none'],
  [{ ...login, KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_MECHANISM must be scram-sha-256'],
  [{ KAFKA_TLS_CA_FILE: '/ca.pem' }, 'KAFKA_TLS is not true'],
  [{ DATABASE_TLS_CA_FILE: '/ca.pem' }, 'DATABASE_TLS is not true'],
  [{ KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/no/such/file' }, "KAFKA_TLS_CA_FILE can't be read"],
  [{ DATABASE_URL: 'postgres://db.example/shelf?sslmode=disable' }, 'DATABASE_TLS does'],
])('what would be less safe than it looks stops the start: %j', (env, fault) => {
  const start = () => {
    const settings = read(env);
    databaseTls(settings);
    kafkaSecurity(settings);
  };
  expect(start).toThrow(fault);
  expect(start).not.toThrow('a secret');
});
