import { criteriaDepthMax, type Criterion } from './criterion';
import { packageDefaults, type PackageContent } from './package';
import type { Branch, Step } from './step';
import { validatePackage } from './validate-package';

const around = {
  id: 'a',
  name: 'Step',
  onSuccess: { go: 'next' },
  onFailure: { go: 'stopFailure' },
} as const;
const content = (steps: Step[], more: Partial<PackageContent> = {}): PackageContent => ({
  ...packageDefaults,
  name: 'Example',
  steps,
  ...more,
});
const fieldsOf = (step: Step): string[] => validatePackage(content([step])).errors.map(({ field }) => field);
const criterion = (criteria: Criterion): string[] => fieldsOf({ ...around, type: 'condition', criteria });
const process = { ...around, successCodes: [0], parameters: '' };

describe('a step is refused by the name of its field', () => {
  it('when nothing can launch its file', () => {
    expect(fieldsOf({ ...process, type: 'installer', file: 'x.zip' })).toEqual(['file']);
    expect(fieldsOf({ ...process, type: 'installer', file: 'x.zip', commandLine: 'tar -xf x.zip' })).toEqual(
      [],
    );
    expect(fieldsOf({ ...process, type: 'script', file: 'x.py' })).toEqual(['interpreter']);
    expect(fieldsOf({ ...process, type: 'script', file: 'x.py', interpreter: 'python.exe' })).toEqual([]);
  });

  it('when it would end or remove nothing in particular', () => {
    expect(fieldsOf({ ...around, type: 'killProcess', force: true, children: false })).toEqual(['image']);
    expect(fieldsOf({ ...process, type: 'msiUninstaller' })).toEqual(['productCode']);
    expect(fieldsOf({ ...process, type: 'msiUninstaller', productName: '*' })).toEqual(['productName']);
    expect(fieldsOf({ ...process, type: 'msiUninstaller', productName: 'Example *' })).toEqual([]);
  });

  it('when it can never succeed', () => {
    const command: Step = { ...around, type: 'command', command: 'ver', successCodes: [] };
    expect(fieldsOf(command)).toEqual(['successCodes']);
    expect(fieldsOf({ ...command, anyCode: true })).toEqual([]);
  });

  it('when a criterion compares with what is not a value', () => {
    const path = 'C:\\x.exe';
    const property = (name: 'version' | 'sizeBytes' | 'modifiedAt', value: string): string[] =>
      criterion({ all: [{ type: 'fileProperty', path, property: name, operator: '<', value }] });
    expect(property('version', '1.2.3.4')).toEqual([]);
    expect(property('version', '1.2b')).toEqual(['criteria.all.0.value']);
    expect(property('version', '{Wanted}')).toEqual([]);
    expect(property('sizeBytes', '10 MB')).toEqual(['criteria.all.0.value']);
    expect(property('modifiedAt', '31.5.2024')).toEqual(['criteria.all.0.value']);
  });

  it('when a criterion lacks a part, or has one too many', () => {
    const registry = { type: 'registryValue', key: 'HKLM\\SOFTWARE\\X', name: 'v', view: 'either' } as const;
    expect(criterion({ ...registry, test: 'equals' })).toEqual(['criteria.value']);
    expect(criterion({ ...registry, test: 'exists', value: '1' })).toEqual(['criteria.value']);
    expect(criterion({ ...registry, test: 'number', value: '1' })).toEqual(['criteria.operator']);
    expect(criterion({ ...registry, key: 'SOFTWARE\\X', test: 'exists' })).toEqual(['criteria.key']);
    expect(criterion({ type: 'os' })).toEqual(['criteria.version']);
    expect(criterion({ type: 'os', version: '10.0' })).toEqual(['criteria.operator']);
    expect(criterion({ any: [] })).toEqual(['criteria']);
  });

  it('when its criteria are nested too deep', () => {
    let nested: Criterion = { type: 'architecture', is: 64 };
    for (let depth = 0; depth < criteriaDepthMax; depth += 1) nested = { not: nested };
    expect(criterion(nested)).toHaveLength(1);
    expect(criterion('not' in nested ? nested.not : nested)).toEqual([]);
  });
});

describe('a restart', () => {
  const back: Branch = { go: 'step', step: 'install' };
  const install: Step = { ...process, id: 'install', type: 'installer', file: '{PackageShare}\\x.msi' };
  const restart = (onSuccess: Branch): Step => ({ ...around, id: 'restart', type: 'restart', onSuccess });

  it('cannot be followed by a step that reads the share in pull mode, also not by a way back', () => {
    expect(validatePackage(content([restart({ go: 'next' }), install])).errors).toEqual([
      expect.objectContaining({ path: 'steps.1.type', message: expect.stringContaining('push') }),
    ]);
    expect(validatePackage(content([install, restart(back)])).errors).toHaveLength(1);
  });

  it('can follow it, and anything goes in push mode', () => {
    expect(validatePackage(content([install, restart({ go: 'next' })])).errors).toEqual([]);
    expect(validatePackage(content([restart({ go: 'next' }), install], { copyMode: 'push' })).errors).toEqual(
      [],
    );
  });
});
