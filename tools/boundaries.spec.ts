import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');

/** Lints one file that holds `text` at `path`, and gives back the rules that it breaks. */
function rulesBroken(path: string, text: string): string[] {
  const file = join(root, path);
  writeFileSync(file, text);
  try {
    execFileSync('npx', ['eslint', '--format', 'json', '--no-warn-ignored', file], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [];
  } catch (error) {
    const [report] = JSON.parse((error as { stdout: string }).stdout) as {
      messages: { ruleId: string; message: string }[];
    }[];
    return (report?.messages ?? []).map((m) => m.ruleId);
  } finally {
    rmSync(file, { force: true });
  }
}

describe('the arrows between projects and layers', () => {
  beforeAll(() => {
    execFileSync('npx', ['nx', 'show', 'projects'], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false' },
      stdio: 'ignore',
    });
  }, 60_000);

  it.each([
    [
      'the domain imports nothing',
      'libs/domain/src/zz-forbidden.ts',
      "import { message } from '@drover/contracts';\nexport const z = message;\n",
      'no-restricted-imports',
    ],
    [
      'windows-remote knows nothing of Drover',
      'libs/windows-remote/src/host/zz-forbidden.ts',
      "import { next } from '@drover/domain';\nexport const z = next;\n",
      '@nx/enforce-module-boundaries',
    ],
    [
      'a lower layer never imports a higher one',
      'libs/windows-remote/src/smb/zz-forbidden.ts',
      "import { WindowsHost } from '../host/windows-host';\nexport const z = WindowsHost;\n",
      'no-restricted-imports',
    ],
    [
      'an app never imports another app',
      'apps/dispatcher/src/zz-forbidden.ts',
      "import { SchedulerModule } from '@drover/scheduler';\nexport const z = SchedulerModule;\n",
      '@nx/enforce-module-boundaries',
    ],
    [
      'a use case never imports Nest',
      'apps/dispatcher/src/zz-forbidden.ts',
      "import { Injectable } from '@nestjs/common';\nexport const z = Injectable;\n",
      'no-restricted-imports',
    ],
  ])(
    '%s',
    (_rule, path, text, ruleId) => {
      expect(rulesBroken(path, text)).toContain(ruleId);
    },
    60_000,
  );

  it('lets an allowed import pass', () => {
    expect(
      rulesBroken(
        'libs/contracts/src/zz-allowed.ts',
        "import { facts } from '@drover/domain';\nexport const z = facts;\n",
      ),
    ).toEqual([]);
  }, 60_000);
});
