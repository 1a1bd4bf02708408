/** `windows-remote reg`: HKEY_LOCAL_MACHINE. */
import type { WindowsHost } from '../host/windows-host';
import { RemoteError } from '../status/remote-error';
import type { RegistryKey, RegistryValue } from '../services/remote-registry';
import { table } from './terminal';
import type { Verb, VerbOptions } from './verb';
import { answer, UsageError } from './verb';

/** The path below the hive, with or without its name in front. */
const below = (path: string): string =>
  path
    .replaceAll('/', '\\')
    .replace(/^(HKLM|HKEY_LOCAL_MACHINE)(\\|$)/i, '')
    .replace(/\\+$/, '');

const missing = (what: string): RemoteError =>
  new RemoteError('refused', 'notFound', `there is no ${what} in the registry`);

async function opened(host: WindowsHost, path: string, options: VerbOptions): Promise<RegistryKey> {
  const key = await host.registry.openKey(below(path), { view: options.view });
  if (key === undefined) throw missing(`key ${path}`);
  return key;
}

export const registry: Readonly<Record<string, Verb>> = {
  query: {
    usage: 'KEY [VALUE] [--view 32]',
    summary: 'show a value, or the subkeys and values of a key; an empty VALUE is the default one',
    argumentsMin: 1,
    argumentsMax: 2,
    async run(host, [path = '', name], terminal, options) {
      const key = await opened(host, path, options);
      if (name === undefined) {
        const subkeys = await key.subkeys();
        const values = await key.values();
        const rows = values.map((one) => [one.name === '' ? '(default)' : one.name, ...shown(one.value)]);
        return answer(
          terminal,
          options,
          { subkeys, values },
          table([...subkeys.map((one) => [`${one}\\`]), ...rows]),
        );
      }
      const value = await key.getValue(name);
      if (value === undefined) throw missing(`value ${name}`);
      answer(terminal, options, value, table([shown(value)]));
    },
  },
  set: {
    usage: 'KEY VALUE TYPE DATA... [--view 32]',
    summary: 'set a value, and make its key: sz, expandSz, dword, qword, binary (hex), multiSz',
    argumentsMin: 3,
    argumentsMax: 1_000,
    async run(host, [path = '', name = '', type = '', ...data], _terminal, { view }) {
      const value = parseValue(type, data);
      const { key } = await host.registry.createKey(below(path), { view });
      await key.setValue(name, value);
    },
  },
  rm: {
    usage: 'KEY [--value NAME] [--force] [--view 32]',
    summary: 'delete a value, or a key; --force deletes what is below the key as well',
    argumentsMin: 1,
    argumentsMax: 1,
    async run(host, [path = ''], _terminal, options) {
      const { value, force, view } = options;
      if (below(path) === '') throw new UsageError('the whole hive is not deleted');
      if (value !== undefined) {
        const key = await opened(host, path, options);
        if (!(await key.deleteValue(value))) throw missing(`value ${value}`);
        return;
      }
      const remove = force ? 'deleteTree' : 'deleteKey';
      if (!(await host.registry[remove](below(path), { view }))) throw missing(`key ${path}`);
    },
  },
};

function shown(value: RegistryValue): string[] {
  switch (value.type) {
    case 'sz':
    case 'expandSz':
      return [value.type, value.text];
    case 'dword':
    case 'qword':
      return [value.type, `${value.number} (0x${value.number.toString(16)})`];
    case 'multiSz':
      return [value.type, value.texts.join(' | ')];
    case 'binary':
      return [value.type, value.data.toString('hex')];
    case 'other':
      return [`type ${value.typeCode}`, value.data.toString('hex')];
  }
}

function parseValue(type: string, data: string[]): RegistryValue {
  if (type === 'multiSz') return { type, texts: data };
  const [text, ...more] = data;
  if (text === undefined || more.length > 0) throw new UsageError(`${type} takes one piece of data`);
  switch (type) {
    case 'sz':
    case 'expandSz':
      return { type, text };
    case 'dword':
      return { type, number: Number(wholeNumber(text, 0xffff_ffffn)) };
    case 'qword':
      return { type, number: wholeNumber(text, 0xffff_ffff_ffff_ffffn) };
    case 'binary':
      if (!/^([0-9a-f]{2})*$/i.test(text)) throw new UsageError('binary data is hexadecimal');
      return { type, data: Buffer.from(text, 'hex') };
    default:
      throw new UsageError(`${type} is no type of the registry`);
  }
}

function wholeNumber(text: string, max: bigint): bigint {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text) || BigInt(text) > max)
    throw new UsageError(`${text} is not a number from 0 to ${max}`);
  return BigInt(text);
}
