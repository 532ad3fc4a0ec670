/** What each package may import of the others, besides itself. Specs are freer: see the rules below. */
const allowed = {
  'libs/protocol': [],
  'libs/core': ['protocol'],
  'libs/store': ['protocol', 'core'],
  'libs/bus': ['protocol'],
  'libs/participant': ['protocol', 'bus'],
  'libs/client': ['protocol', 'bus'],
  'libs/testing': ['protocol', 'bus', 'participant', 'client'],
  'libs/service': ['protocol', 'bus'],
  'libs/shop': ['protocol'],
  'apps/coordinator': ['protocol', 'core', 'store', 'bus', 'service'],
  'apps/cli': ['protocol', 'store', 'bus', 'service'],
  'apps/(order|inventory|coupon|payment)': ['protocol', 'bus', 'participant', 'client', 'service', 'shop'],
  'apps/demo': ['protocol', 'bus', 'client', 'testing', 'shop'],
  'apps/bench': ['protocol', 'bus', 'participant', 'client', 'service', 'testing', 'shop'],
};
const spec = '\\.(spec|suite)\\.ts$';

const directions = Object.entries(allowed).map(([folder, libs]) => ({
  name: `direction-${folder.replace(/[^a-z]+/g, '-')}`,
  comment: 'protocol <- core <- store <- coordinator; protocol <- bus <- participant, client <- services',
  severity: 'error',
  from: { path: `^${folder}/src/`, pathNot: spec },
  to: {
    path: '^libs/',
    pathNot: [`^${folder}/`, ...libs.map((lib) => `^libs/${lib}/`)],
  },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...directions,
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'The state machine imports the wire shapes: no Node built-in, no package.',
      severity: 'error',
      from: { path: '^libs/core/src/', pathNot: spec },
      to: { pathNot: ['^libs/(core|protocol)/'] },
    },
    {
      name: 'protocol-is-pure',
      comment: 'The wire shapes import the schema library and nothing else.',
      severity: 'error',
      from: { path: '^libs/protocol/src/', pathNot: spec },
      to: { pathNot: ['^libs/protocol/src/', '^node_modules/zod/'] },
    },
    {
      name: 'index-is-for-others',
      comment: 'Inside its own package a file is imported by its name.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/' },
      to: { path: '^libs/$1/(src|dist)/index\\.' },
    },
    {
      name: 'front-door-only',
      comment: 'Another package is imported as @holdfast/<name>, never by a path into its sources.',
      severity: 'error',
      from: { path: '^((?:libs|apps)/[^/]+)/' },
      to: { path: '^(libs|apps)/[^/]+/src/', pathNot: '^$1/' },
    },
    {
      name: 'apps-stand-alone',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared-dependencies',
      comment: 'A package that is installed outside this repository brings what it imports.',
      severity: 'error',
      from: { path: '^(libs|apps)/[^/]+/src/', pathNot: spec },
      // An optional peer stands in peerDependenciesMeta, too, which counts as no-pkg.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'spec-code-stays-in-specs',
      severity: 'error',
      from: { pathNot: spec },
      to: { path: spec },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
