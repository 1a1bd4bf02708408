import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lifecycleDocument } from './diagram';
import { activeStatuses, finalStatuses, lifecycle } from './lifecycle';

const file = join(__dirname, '../../../../docs/lifecycle.md');

it('is what docs/lifecycle.md shows (UPDATE_DOCS=1 draws it again)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, lifecycleDocument());
  expect(readFileSync(file, 'utf8')).toBe(lifecycleDocument());
});

it('draws every status and every fact', () => {
  const document = lifecycleDocument();
  for (const status of [...activeStatuses, ...finalStatuses]) expect(document).toContain(status);
  for (const status of activeStatuses)
    for (const fact of Object.keys(lifecycle[status].on))
      expect(document).toMatch(new RegExp(`${status} --> .*\\b${fact}\\b`));
});
