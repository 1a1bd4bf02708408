import { exitMeaning } from './exit-codes';
import { exitCodeMeanings, knownExitCodes } from './well-known-exit-codes';
import type { Step } from './step';

const usual = { successCodes: [0, 1641, 3010] };
const installer = (file: string): Step => ({
  id: 'a',
  name: 'Install',
  type: 'installer',
  file,
  parameters: '',
  successCodes: [0],
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
});

describe('an exit code', () => {
  it.each([
    [0, 'success'],
    [3010, 'restartNeeded'],
    [1641, 'restartBegun'],
    [1618, 'tryAgain'],
    [1603, 'failure'],
  ] as const)('%d means %s unless the step says otherwise', (code, meaning) => {
    expect(exitMeaning(usual, code)).toBe(meaning);
  });

  it('is failure when the step does not list it, although it is a restart code', () => {
    expect(exitMeaning({ successCodes: [0] }, 3010)).toBe('failure');
  });

  it('is success when any code is, restart codes still saying so', () => {
    const codes = { successCodes: [], anyCode: true };
    expect([1618, 1603, 3010].map((code) => exitMeaning(codes, code))).toEqual([
      'success',
      'success',
      'restartNeeded',
    ]);
  });

  it('is not tried again when the step lists it as success, or lists nothing to try again', () => {
    expect(exitMeaning({ successCodes: [1618] }, 1618)).toBe('success');
    expect(exitMeaning({ ...usual, tryAgainCodes: [] }, 1618)).toBe('failure');
  });

  it('is the same signed and unsigned', () => {
    expect(exitMeaning({ successCodes: [-2147467259] }, 0x80004005)).toBe('success');
    expect(exitMeaning({ successCodes: [0xffffffff] }, -1)).toBe('success');
  });
});

describe('well-known exit codes', () => {
  it('are explained by what the step runs', () => {
    expect(exitCodeMeanings(1603, installer('x.msi'))).toEqual([
      expect.objectContaining({ family: 'Windows Installer', name: 'ERROR_INSTALL_FAILURE' }),
    ]);
    expect(exitCodeMeanings(2, installer('x.msi')).map(({ family }) => family)).toEqual(['Windows']);
    expect(exitCodeMeanings(2, installer('setup.exe')).map(({ family }) => family)).toEqual([
      'Windows',
      'Inno Setup',
      'NSIS',
    ]);
    expect(exitCodeMeanings(-1073741819)).toEqual([
      expect.objectContaining({ name: 'STATUS_ACCESS_VIOLATION' }),
    ]);
    expect(exitCodeMeanings(0)).toEqual([]);
  });

  it('are sorted and unique in each family', () => {
    const keys = knownExitCodes.map(({ family, code }) => `${family} ${String(code).padStart(10, '0')}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const family of new Set(knownExitCodes.map((known) => known.family))) {
      const codes = knownExitCodes.filter((known) => known.family === family).map(({ code }) => code);
      expect(codes).toEqual([...codes].sort((a, b) => a - b));
    }
  });
});
