import { checkText, deadFiles } from './tidy';

const messages = (file: string, text: string): string[] => checkText(file, text).map((f) => f.message);

describe('tidy', () => {
  it.each([
    ['libs/x/src/a.ts', '// TODO later\n', 'unfinished work is not left in the code'],
    ['libs/x/src/a.ts', 'try { f(); } catch {}\n', 'an error is swallowed'],
    ['libs/x/src/a.ts', '/** See MS-SMB2. */\n', 'cite as [MS-XXXX] section'],
    ['README.md', 'clone it into /home/me\n', 'a path of one machine is named'],
    ['docs/a.md', 'from https://registry.example.org\n', 'a package registry is named'],
    ['libs/x/src/a.spec.ts', "it.only('x', () => 1);\n", 'a test is skipped or focused'],
    ['libs/x/src/utils/a.ts', 'export const a = 1;\n', 'folder "utils" names no business'],
  ])('finds in %s: %j', (file, text, message) => {
    expect(messages(file, text)).toContain(message);
  });

  it('finds a file over 400 lines and a function over 70', () => {
    expect(messages('libs/x/src/a.ts', 'const a = 1;\n'.repeat(401))).toEqual([
      '401 lines; a file stops at 400',
    ]);
    expect(messages('libs/x/src/a.ts', `function f() {\n${'  g();\n'.repeat(70)}}\n`)).toEqual([
      'a function of 72 lines; it stops at 70',
    ]);
  });

  it('lets a line say why it breaks a rule', () => {
    expect(
      messages('libs/x/src/a.ts', 'f().catch(() => undefined); // tidy: the peer may be gone already\n'),
    ).toEqual([]);
  });

  it('finds a file that nothing imports', () => {
    const files = new Map([
      ['libs/x/src/index.ts', "export { a } from './a';\n"],
      ['libs/x/src/a.ts', 'export const a = 1;\n'],
      ['libs/x/src/b.ts', 'export const b = 1;\n'],
    ]);
    expect(deadFiles(files).map((f) => f.file)).toEqual(['libs/x/src/b.ts']);
  });
});
