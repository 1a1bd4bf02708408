import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as contracts from './index';

const file = join(__dirname, '../../../docs/messages.md');
const written = contracts.messagesDocument(Object.values(contracts));

it('is what docs/messages.md shows (UPDATE_DOCS=1 writes it again)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, written);
  expect(readFileSync(file, 'utf8')).toBe(written);
});

it('lists every message, question and queue with its sentence', () => {
  for (const declaration of [contracts.targetFact, contracts.requestGrant, contracts.dispatcherQueue])
    expect(written).toContain(declaration.sentence);
});
