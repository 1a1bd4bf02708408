import type { Failure } from '../failure';
import { examplePackage, parsePackage } from './read-package-file';

const refusal = (text: string): Failure => {
  try {
    parsePackage(text, 'p.yaml');
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it was accepted');
};

describe('a package file', () => {
  it('can be the example that is printed', () => {
    const { content, warnings } = parsePackage(examplePackage, 'p.yaml');
    expect(warnings).toEqual([]);
    expect(content.steps.map(({ id }) => id)).toEqual(['step-1', 'check', 'report']);
    expect(content.steps[0]).toMatchObject({
      successCodes: [0, 1641, 3010],
      command: 'echo Hello from %COMPUTERNAME%\n',
    });
  });

  it('can be JSON', () => {
    const text = JSON.stringify({ name: 'J', steps: [{ name: 'A', command: 'ver', successCodes: [-1] }] });
    expect(parsePackage(text, 'p.json').content).toMatchObject({
      name: 'J',
      steps: [{ successCodes: [-1] }],
    });
  });

  it.each([
    ['name: [', 'p.yaml:1:'],
    ['name: a\nname: b\nsteps: []', 'p.yaml:2:1: Map keys must be unique'],
    ['name: a\nsteps:\n  - name: One\n    command: 7\n', 'p.yaml:4: steps.0.command'],
    [
      'name: a\nsteps:\n  - name: One\n    command: ver\n    successCodes: [0, 99999999999]\n',
      'p.yaml:5: steps.0.successCodes.1',
    ],
    [
      'name: a\nsteps:\n  - {name: One, command: ver}\n  - name: Two\n    command: ver\n    onFailure: {go: step, step: x}\n',
      'p.yaml:6: step 2 “Two”',
    ],
    ['just words', 'p.yaml:1: package: Invalid input'],
  ])('is refused with the line of the mistake: %j', (text, detail) => {
    const failure = refusal(text);
    expect(failure.exitCode).toBe(5);
    expect(failure.details[0]).toContain(detail);
  });

  it('cannot grow by aliases', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      );
    expect(refusal(lines.join('\n'))).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('aliases'),
    });
  });
});
