import { packageDefaults, type PackageContent } from './package';
import { planFor } from '../plan/plan';
import type { Step } from './step';
import { usesPackageShare } from './step-texts';
import { checkVariables, mergeVariables } from './variables';
import { validatePackage } from './validate-package';

const around = {
  id: 'a',
  name: '{Site}',
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
} as const;
const command = (text: string): Step => ({ ...around, type: 'command', command: text, successCodes: [0] });
const content = (step: Step): PackageContent => ({
  ...packageDefaults,
  name: 'Example',
  variables: [
    { name: 'Site', default: 'Hamburg', isSecret: false },
    { name: 'Key', isSecret: true },
  ],
  steps: [step],
});
const planned = (step: Step, variables: Record<string, string> = {}) =>
  planFor(content(step), 'x', new Date(0), { packageShare: '\\\\srv\\pkg', variables }).steps[0];

describe('the tokens of a package', () => {
  it('are replaced in every text of a step, without regard to case, but not in its name', () => {
    const step: Step = {
      ...around,
      type: 'condition',
      criteria: {
        all: [{ type: 'registryValue', key: 'HKLM\\{site}', name: '{Site}', view: 'either', test: 'exists' }],
      },
    };
    expect(planned(step)).toMatchObject({
      name: '{Site}',
      criteria: { all: [{ key: 'HKLM\\Hamburg', name: 'Hamburg' }] },
    });
    expect(planned(command('{packageshare}\\x.cmd {Site}'), { SITE: 'Bremen' })).toMatchObject({
      command: '\\\\srv\\pkg\\x.cmd Bremen',
    });
  });

  it('leave every other brace alone, and values are not read again', () => {
    expect(planned(command('{Site} {Nobody} {0}'), { Site: '{Key}' })).toMatchObject({
      command: '{Key} {Nobody} {0}',
    });
  });

  it('never put a secret into the plan: the step gets it from its environment', () => {
    const secret = { Key: 'correct horse' };
    expect(planned(command('net use /user:x {Key}'), secret)).toMatchObject({
      command: 'net use /user:x %DROVER_KEY%',
    });
    const powershell: Step = { ...around, type: 'powershell', text: '"{Key}"', successCodes: [0] };
    const plan = planFor(content(powershell), 'x', new Date(0), { variables: secret });
    expect(JSON.stringify(plan)).not.toContain('correct horse');
    expect(
      Buffer.from(JSON.stringify(plan).match(/EncodedCommand ([\w+/=]+)/)?.[1] ?? '', 'base64').toString(
        'utf16le',
      ),
    ).toBe('"${env:DROVER_KEY}"');
  });

  it('say what a deployment still has to give, and what it gives in vain', () => {
    expect(checkVariables(content(command('x')).variables, ['SITE', 'Town'])).toEqual({
      unknown: ['Town'],
      missing: ['Key'],
    });
  });

  it('take the last layer that has a value', () => {
    expect(mergeVariables({ A: '1', b: '1' }, undefined, { a: '2' })).toEqual({ a: '2', b: '1' });
  });

  it('show which steps need the share', () => {
    expect(usesPackageShare(command('dir {PACKAGESHARE}'))).toBe(true);
    expect(usesPackageShare(command('echo PackageShare'))).toBe(false);
  });
});

describe('the variables of a package', () => {
  const errorsOf = (more: Partial<PackageContent>) =>
    validatePackage({ ...content(command('x')), ...more }).errors.map(({ path }) => path);

  it('have different names, none of them PackageShare', () => {
    const variables = ['packageshare', 'A', 'a', '1'].map((name) => ({ name, default: '', isSecret: false }));
    expect(errorsOf({ variables })).toEqual(['variables.0.name', 'variables.2.name', 'variables.3.name']);
  });

  it('hold no secret value', () => {
    expect(errorsOf({ variables: [{ name: 'Key', default: 'x', isSecret: true }] })).toEqual([
      'variables.0.default',
    ]);
  });

  it('give a secret only to steps that run a command', () => {
    expect(errorsOf({ steps: [{ ...around, type: 'message', text: 'The key is {Key}' }] })).toEqual([
      'steps.0.text',
    ]);
  });
});
