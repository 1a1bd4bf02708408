import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodesText } from './exit-codes';

describe('exit codes', () => {
  it('are in the README as the command line prints them', () => {
    const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| +(\d+) +\| (.*?) +\|$/gm)].map(
      ([, code = '', text = '']) => `${code}  ${text}`,
    );
    expect(rows).toEqual(
      exitCodesText()
        .split('\n')
        .map((line) => line.trim()),
    );
  });
});
