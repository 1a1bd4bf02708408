/**
 * Which way the arrows point, between projects and inside them (ARCHITECTURE.md "Layout"). eslint.config.mjs
 * enforces this; tools/boundaries.spec.ts proves that a forbidden import turns lint red.
 */

const only = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });

/** Between projects, for @nx/enforce-module-boundaries. A project may always import itself. */
export const projectArrows = [
  only('lib:domain', 'lib:domain'),
  only('lib:contracts', 'lib:contracts', 'lib:domain'),
  only('lib:windows-remote', 'lib:windows-remote'),
  only('lib:platform', 'lib:platform', 'lib:contracts', 'lib:domain'),
  only(
    'lib:remote-work',
    'lib:remote-work',
    'lib:platform',
    'lib:contracts',
    'lib:domain',
    'lib:windows-remote',
    'lib:testing',
  ),
  only('lib:testing', 'lib:testing', 'lib:contracts', 'lib:domain', 'lib:windows-remote'),
  only(
    'type:app',
    'lib:contracts',
    'lib:domain',
    'lib:platform',
    'lib:windows-remote',
    'lib:remote-work',
    'lib:testing',
  ),
  only('lib:package-import', 'lib:package-import', 'lib:contracts', 'lib:domain'),
  only('type:cli', 'lib:contracts', 'lib:domain', 'lib:package-import', 'lib:testing'),
  only(
    'type:standalone',
    'type:app',
    'lib:contracts',
    'lib:domain',
    'lib:platform',
    'lib:windows-remote',
    'lib:remote-work',
    'lib:testing',
  ),
];

const forbid = (files, group, message, ignores = ['**/*.spec.ts']) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
});

/** The layers of windows-remote, lowest first: a layer imports itself and what stands before it. */
const remoteLayers = [['wire', 'crypto', 'status'], ['auth'], ['smb'], ['rpc'], ['services'], ['host']];

const upwardRules = remoteLayers.slice(0, -1).map((names, level) => {
  const above = remoteLayers.slice(level + 1).flat();
  return forbid(
    names.map((name) => `libs/windows-remote/src/${name}/**/*.ts`),
    [...above.flatMap((name) => [`**/${name}/*`, `../${name}`]), '@drover/*'],
    `windows-remote points one way: ${remoteLayers.map((l) => l.join(', ')).join(' ← ')}; and it stands alone.`,
  );
});

const rim = ['@nestjs/*', 'typeorm', 'nats', 'bullmq', 'ioredis', 'pg'];

export const layerRules = [
  ...upwardRules,
  forbid(
    ['libs/domain/src/**/*.ts'],
    ['node:fs', 'node:net', 'node:http', ...rim, '@drover/*'],
    'The domain has no I/O and imports nothing of Drover.',
  ),
  forbid(
    ['apps/*/src/**/*.ts', 'libs/remote-work/src/**/*.ts'],
    rim,
    'A use case imports ports.ts; Nest, TypeORM, NATS and BullMQ stay in module.ts, handlers, stores, migrations and adapters.',
    [
      '**/*.spec.ts',
      '**/main.ts',
      '**/index.ts',
      '**/*module.ts',
      '**/*handlers.ts',
      '**/*.store.ts',
      '**/*.controller.ts',
      '**/*.guard.ts',
      '**/*adapter*.ts',
      '**/adapters/**',
      '**/http/**',
      '**/migrations/**',
      '**/migrations.ts',
      'apps/standalone/**',
    ],
  ),
];
