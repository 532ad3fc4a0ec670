import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const hook = (name) => fileURLToPath(new URL(`libs/testing/dist/jest-global-${name}.js`, import.meta.url));
const globalHooks = existsSync(hook('setup'))
  ? { globalSetup: hook('setup'), globalTeardown: hook('teardown') }
  : {};

/** @type {import('jest').Config} */
export default {
  rootDir: '.',
  roots: ['<rootDir>/libs', '<rootDir>/apps'],
  // What ends in .check.spec.ts measures; package.json has a script for each.
  testMatch: ['**/src/**/*.spec.ts', '!**/*.check.spec.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    // Sources instead of dist, so that a spec never runs against a stale build.
    '^@holdfast/(protocol|core|store|bus|participant|client|testing|service|shop)$':
      '<rootDir>/libs/$1/src/index.ts',
    // `./name.js` is name.ts in our sources; `js` stands first below, so in node_modules it stays name.js.
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  // Built, because Jest does not transform what these two import; `npm test` builds before it starts Jest.
  ...globalHooks,
  maxWorkers: 2,
  testTimeout: 30_000,
  collectCoverageFrom: ['libs/core/src/**/*.ts', '!**/*.{spec,suite}.ts', '!**/index.ts'],
  coverageReporters: [['text', { skipFull: true }]],
  coverageThreshold: { './libs/core/src/': { branches: 100 } },
};
