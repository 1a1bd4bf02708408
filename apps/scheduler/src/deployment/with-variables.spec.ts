import { Problem } from '@drover/contracts';
import { packageDefaults, planFor, type PackageContent } from '@drover/domain';
import { withVariables } from './with-variables';

const content: PackageContent = {
  ...packageDefaults,
  name: 'Example',
  variables: [
    { name: 'Site', default: 'Hamburg', isSecret: false },
    { name: 'Town', isSecret: false },
  ],
  steps: [
    {
      id: 'a',
      name: 'Say it',
      type: 'command',
      command: 'echo {Site} {Town}',
      successCodes: [0],
      onSuccess: { go: 'next' },
      onFailure: { go: 'stopFailure' },
    },
  ],
};
const pathsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return (error.more.errors ?? []).map(({ path }) => path);
    throw error;
  }
  return [];
};

describe('a deployment with variables', () => {
  it('plans with the values given, and with defaults for the rest', () => {
    const frozen = withVariables(content, { TOWN: 'Kiel' });
    expect(planFor(frozen, 'x', new Date(0)).steps[0]).toMatchObject({ command: 'echo Hamburg Kiel' });
    const other = withVariables(content, { Town: 'Kiel', site: 'Bremen' });
    expect(planFor(other, 'x', new Date(0)).steps[0]).toMatchObject({ command: 'echo Bremen Kiel' });
  });

  it('is refused without a value that is needed, and with one that nobody asked for', () => {
    expect(pathsOf(() => withVariables(content, { Village: 'x' }))).toEqual([
      'variables.Village',
      'variables.Town',
    ]);
  });

  it('is refused when a secret comes as plain text', () => {
    const secret = { ...content, variables: [{ name: 'Key', isSecret: true }] };
    expect(pathsOf(() => withVariables(secret, { key: 'x' }))).toEqual(['variables.Key']);
    expect(pathsOf(() => withVariables(secret, {}))).toEqual(['variables.Key']);
  });
});
