const { readFileSync } = require('node:fs');
const swc = JSON.parse(readFileSync(`${__dirname}/.swcrc`, 'utf8'));

/** The three suites differ only in what they may use: unit no server, integration Postgres, Redis and NATS, e2e real peers. */
const suite = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.(ts|mjs|js)$': ['@swc/jest', swc] },
  transformIgnorePatterns: [
    '/node_modules/(?!(jose|openid-client|oauth4webapi|@opentelemetry/otlp-exporter-base)/)',
    '/dist/',
  ],
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.drover/', '<rootDir>/.nx/'],
  moduleNameMapper: {
    '^@drover/windows-remote/protocol$': '<rootDir>/libs/windows-remote/src/protocol.ts',
    '^@drover/(domain|contracts|package-import|platform|windows-remote|remote-work|testing)$':
      '<rootDir>/libs/$1/src/index.ts',
    '^@drover/([a-z-]+)$': '<rootDir>/apps/$1/src/index.ts',
  },
  ...more,
});

/** One Postgres for the run; each file gets a database in it, and a Redis and a NATS of its own. */
const servers = {
  globalSetup: '<rootDir>/libs/testing/test/jest-global-setup.ts',
  globalTeardown: '<rootDir>/libs/testing/test/jest-global-teardown.ts',
};

module.exports = {
  projects: [
    suite('unit', [
      '<rootDir>/{libs,apps,tools,bench}/**/*.spec.ts',
      '!**/*.integration.spec.ts',
      '!**/*.e2e.spec.ts',
    ]),
    suite('integration', ['<rootDir>/{libs,apps,test}/**/*.integration.spec.ts'], servers),
    suite('e2e', ['<rootDir>/{libs,apps,test}/**/*.e2e.spec.ts'], servers),
  ],
};
