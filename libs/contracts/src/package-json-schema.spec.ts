import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020';
import { parse } from 'yaml';
import { packageJsonSchema } from './package-json-schema';
import { packageContent } from './package-schemas';

const docs = join(__dirname, '..', '..', '..', 'docs');
const file = join(docs, 'package-schema.json');
const accepts = new Ajv({ strict: false }).compile(packageJsonSchema());

describe('the published schema of a package', () => {
  it('is what docs/package-schema.json shows (UPDATE_DOCS=1 writes it again)', () => {
    const written = `${JSON.stringify(packageJsonSchema(), undefined, 2)}\n`;
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, written);
    expect(readFileSync(file, 'utf8')).toBe(written);
  });

  const examples = readdirSync(join(docs, 'examples')).filter((name) => name.endsWith('.yaml'));
  it.each(examples)('accepts docs/examples/%s, as the API does', (name) => {
    const content: unknown = parse(readFileSync(join(docs, 'examples', name), 'utf8'));
    expect(accepts(content) || accepts.errors).toBe(true);
    expect(packageContent.safeParse(content).error).toBeUndefined();
  });

  it('refuses what the API refuses', () => {
    const step = {
      id: 'a',
      name: 'A',
      type: 'condition',
      criteria: { all: [{ type: 'file', path: 'C:\\x', test: 'gone' }] },
    };
    for (const content of [
      {},
      { name: 'A', steps: [] },
      { name: 'A', steps: [step] },
      { name: 'A', steps: [{}] },
    ]) {
      expect(accepts(content)).toBe(false);
      expect(packageContent.safeParse(content).success).toBe(false);
    }
  });
});
