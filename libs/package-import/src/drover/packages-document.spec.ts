import type { PackageContent, Step } from '@drover/domain';
import { importFiles } from '../import-files';
import { packageOf } from '../step-building';
import { exportPackages } from './packages-document';

const frame = (id: string): Pick<Step, 'id' | 'name' | 'onSuccess' | 'onFailure'> => ({
  id,
  name: `Step “${id}”`,
  onSuccess: { go: 'next' },
  onFailure: { go: 'step', step: 'a' },
});

const content: PackageContent = packageOf({
  name: 'Every kind — ünïcode 漢字\u2028😀',
  description: 'Lines\r\nof\ttext',
  variables: [
    { name: 'Key', isSecret: true },
    { name: 'Version', default: '', isSecret: false },
  ],
  labels: ['a', 'b'],
  copyMode: 'push',
  finalAction: { do: 'restart', afterSeconds: 60, message: '"', expiresAfterSeconds: 60 },
  steps: [
    {
      ...frame('a'),
      type: 'command',
      command: 'echo ^& %PATH% "x"\r\nexit 1\n',
      successCodes: [-1, 0xffff_ffff],
      anyCode: false,
    },
    {
      ...frame('b'),
      type: 'installer',
      file: '{PackageShare}\\x.msi',
      parameters: ' ',
      successCodes: [0],
      tryAgainCodes: [],
    },
    {
      ...frame('c'),
      type: 'condition',
      criteria: {
        any: [
          { not: { type: 'architecture', is: 64 } },
          {
            type: 'registryValue',
            key: 'HKLM\\x',
            name: '',
            view: '32',
            test: 'number',
            operator: '!=',
            value: '-5',
          },
        ],
      },
    },
    { ...frame('d'), type: 'killProcess', image: '*.exe', force: true, children: false, timeoutSeconds: 5 },
    {
      ...frame('e'),
      type: 'msiUninstaller',
      productName: '7-Zip*',
      version: { operator: '<', value: '{Version}' },
      successCodes: [0, 1605],
    },
    { ...frame('f'), type: 'restart', delaySeconds: 0, message: '' },
    { ...frame('g'), type: 'copyFiles', from: 'a', to: 'b', overwrite: 'newer', recurse: true },
    { ...frame('h'), type: 'powershell', text: 'exit {Key}', successCodes: [0] },
    { ...frame('i'), type: 'wait', seconds: 1 },
    { ...frame('j'), type: 'message', text: 'x', title: '', seconds: 9 },
  ],
});

const imported = (text: string) => importFiles([{ name: 'a.json', bytes: Buffer.from(text) }])[0];

describe('Drover’s own export', () => {
  it('comes back exactly, whatever is in the packages', () => {
    const second = { ...content, name: 'Another' };
    const file = imported(exportPackages([content, second]));
    expect(file?.packages).toEqual([content, second]);
    const text = exportPackages(file?.packages ?? []);
    expect(exportPackages(imported(text)?.packages ?? [])).toBe(text);
    expect(file?.report).toMatchObject({
      format: 'drover',
      packages: 2,
      steps: 20,
      represented: 20,
      listed: [],
    });
  });

  it('is also read as a package alone, and as YAML', () => {
    expect(imported(JSON.stringify(content))?.packages).toEqual([content]);
    const yaml = 'name: A\nsteps:\n- {id: a, name: B, type: command, command: ver}\n';
    expect(imported(yaml)?.packages).toMatchObject([{ name: 'A' }]);
  });

  it.each([
    ['{"format": "drover.packages",\n "version": 1,\n "packages": [}', { line: 3 }],
    [
      '{"format": "drover.packages", "version": 1, "packages": [\n{"name": "A", "steps": [\n {"id": "a", "name": "B", "type": "command",\n  "command": 5}]}]}',
      { line: 4, column: 14 },
    ],
    ['{"format": "drover.packages", "version": 2, "packages": []}', { line: 1 }],
    ['', { line: 1, column: 1 }],
    ['<html/>', { line: 1, column: 1 }],
    ['just text', { line: 1, column: 1 }],
  ])('is refused with its place, and nothing of it is imported: %s', (text, place) => {
    expect(imported(text)).toMatchObject({ packages: [], report: { refused: place } });
  });

  it('is not saved when the catalogue would refuse it, and says which step and why', () => {
    const broken = { ...content, steps: content.steps.slice(1) };
    expect(imported(JSON.stringify(broken))).toMatchObject({ packages: [], report: { becomes: [] } });
    expect(imported(JSON.stringify(broken))?.report.listed[0]?.reason).toMatch(/leads to step “a”/);
  });

  it('says where a byte is none of its encoding', () => {
    const bytes = Buffer.concat([Buffer.from('{\n "a": "'), Buffer.from([0xe9]), Buffer.from('"}')]);
    expect(importFiles([{ name: 'a', bytes }])[0]?.report.refused).toMatchObject({ line: 2, column: 8 });
  });
});

describe('many packages', () => {
  it('of one name are kept apart by a number, in the order of the file', () => {
    const text = `<packages>${'<package id="a" name="A">\n<install cmd="x"/></package>'.repeat(3000)}</packages>`;
    const file = imported(text);
    expect(file?.report.becomes.slice(0, 3)).toEqual(['A', 'A (2)', 'A (3)']);
    expect(new Set(file?.report.becomes).size).toBe(3000);
    expect(file?.report.listed.at(-1)?.what).toBe('name');
  });
});
