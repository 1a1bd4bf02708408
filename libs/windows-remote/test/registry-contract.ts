import { randomBytes } from 'node:crypto';
import type { WindowsHost as Host } from '../src/index';

/** What every registry must do for its callers; run against each server at hand. @param connect for a second session. */
export function registryContract(host: () => Host, connect: () => Promise<Host>): void {
  describe('registry', () => {
    it('lets exactly one of several callers create a key', async () => {
      const other = await connect();
      const answers = await Promise.all(
        [host(), other, host()].map((one) => one.registry.createKey('SOFTWARE\\Drover\\once')),
      );
      await other.close();
      expect(answers.map(({ disposition }) => disposition).sort()).toEqual(['created', 'opened', 'opened']);
    });

    it('keeps a value of every type as it was given', async () => {
      const { key } = await host().registry.createKey('SOFTWARE\\Drover\\types');
      const values = [
        { name: 'sz', value: { type: 'sz', text: 'Grüße, 世界' } },
        { name: 'expandSz', value: { type: 'expandSz', text: '%SystemRoot%' } },
        { name: 'dword', value: { type: 'dword', number: 0xffff_ffff } },
        { name: 'qword', value: { type: 'qword', number: 0xffff_ffff_ffff_ffffn } },
        { name: 'binary', value: { type: 'binary', data: Buffer.from([0, 1, 255]) } },
        { name: 'empty', value: { type: 'binary', data: Buffer.alloc(0) } },
        { name: 'multiSz', value: { type: 'multiSz', texts: ['one', 'two'] } },
        { name: 'other', value: { type: 'other', typeCode: 0, data: Buffer.from('none') } },
      ] as const;
      for (const { name, value } of values) await key.setValue(name, value as never);
      for (const { name, value } of values) expect(await key.getValue(name)).toEqual(value);
      const listed = await key.values();
      expect(listed).toHaveLength(values.length);
      expect(listed).toEqual(expect.arrayContaining(values as never));
      await key.close();
    });

    it.each([65_536, 1_048_576])('keeps a value of %i bytes', async (sizeBytes) => {
      const { key } = await host().registry.createKey(`SOFTWARE\\Drover\\large-${sizeBytes}`);
      const data = randomBytes(sizeBytes);
      await key.setValue('Plan', { type: 'binary', data });
      const found = await key.getValue('Plan');
      expect(found).toMatchObject({ type: 'binary' });
      expect((found as { data: Buffer }).data.equals(data)).toBe(true);
      expect((await key.values()).map(({ name }) => name)).toEqual(['Plan']);
    });

    it('lists, deletes and misses keys and values', async () => {
      const path = 'SOFTWARE\\Drover\\tree';
      const { key } = await host().registry.createKey(path);
      for (const name of ['a', 'b', 'c']) await host().registry.createKey(`${path}\\${name}\\below`);
      expect((await key.subkeys()).sort()).toEqual(['a', 'b', 'c']);
      await key.setValue('gone', { type: 'dword', number: 1 });
      expect(await key.deleteValue('gone')).toBe(true);
      expect(await key.deleteValue('gone')).toBe(false);
      expect(await key.getValue('gone')).toBeUndefined();
      await expect(host().registry.deleteKey(`${path}\\a`)).rejects.toMatchObject({
        kind: 'denied',
        reason: 'accessDenied',
      });
      expect(await host().registry.deleteTree(path)).toBe(true);
      expect(await host().registry.deleteTree(path)).toBe(false);
      expect(await host().registry.openKey(path)).toBeUndefined();
    });

    it('creates a volatile key', async () => {
      const { key, disposition } = await host().registry.createKey('SOFTWARE\\Drover\\volatile', {
        volatile: true,
      });
      expect(disposition).toBe('created');
      await key.setValue('share', { type: 'sz', text: 'x' });
    });
  });
}
