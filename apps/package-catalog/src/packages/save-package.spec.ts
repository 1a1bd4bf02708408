import { packageContent } from '@drover/contracts';
import { FakeCatalog } from '../../test/fake-catalog';
import { create } from './create-package';
import { duplicate } from './duplicate-package';
import { findVersion } from './find-package';
import { save } from './save-package';
import { setFlags } from './set-package-flags';

const content = (name: string, ...more: object[]) =>
  packageContent.parse({ name, steps: [{ id: 'a', name: 'A', type: 'command', command: 'ver' }, ...more] });
const actor = 'anna';

async function catalogWith(...names: string[]): Promise<{ catalog: FakeCatalog; ids: string[] }> {
  const catalog = new FakeCatalog();
  const ids: string[] = [];
  for (const name of names) ids.push((await create(catalog, { actor, content: content(name) })).package.id);
  return { catalog, ids };
}

describe('saving a package', () => {
  it('adds a version and leaves the ones before it as they are', async () => {
    const { catalog, ids } = await catalogWith('One');
    const [id = ''] = ids;
    const saved = await save(catalog, { actor, id, expectedVersion: 1, content: content('Two') });
    expect(saved.package).toMatchObject({ name: 'Two', latestVersion: 2 });
    expect((await findVersion(catalog, { id, version: 1 })).version.content.name).toBe('One');
    expect((await findVersion(catalog, { id })).version.version).toBe(2);
  });

  it.each([
    ['over a version that is not the latest', 'One', 2, 'conflict'],
    ['under the name of another', 'OTHER', 1, 'conflict'],
  ])('is refused %s, and nothing is kept', async (_case, name, expectedVersion, kind) => {
    const { catalog, ids } = await catalogWith('One', 'Other');
    const refused = save(catalog, { actor, id: ids[0] ?? '', expectedVersion, content: content(name) });
    await expect(refused).rejects.toMatchObject({ kind });
    expect(catalog.versions).toHaveLength(2);
    expect(catalog.actions).toEqual(['package.created', 'package.created']);
  });

  it('is refused with every field that is wrong', async () => {
    const { catalog } = await catalogWith();
    const broken = content('Broken', {
      ...{ id: 'a', name: 'B', type: 'command', command: 'ver' },
      onSuccess: { go: 'step', step: 'gone' },
    });
    await expect(create(catalog, { actor, content: broken })).rejects.toMatchObject({
      kind: 'invalid',
      more: { errors: [{ path: 'steps.1.id' }, { path: 'steps.1.onSuccess' }] },
    });
    expect(catalog.packages).toEqual([]);
  });
});

describe('a package', () => {
  it('is copied from its latest version', async () => {
    const { catalog, ids } = await catalogWith('One');
    const [id = ''] = ids;
    const changed = { ...content('One'), description: 'latest' };
    await save(catalog, { actor, id, expectedVersion: 1, content: changed });
    const copy = await duplicate(catalog, { actor, id, name: 'Copy' });
    expect(copy.version).toMatchObject({ version: 1, content: { name: 'Copy', description: 'latest' } });
    await expect(duplicate(catalog, { actor, id, name: 'copy' })).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is archived without a version, and audited only when something changes', async () => {
    const { catalog, ids } = await catalogWith('One');
    const [id = ''] = ids;
    await setFlags(catalog, { actor, id, isArchived: true });
    expect(await setFlags(catalog, { actor, id, isArchived: true })).toMatchObject({
      isArchived: true,
      isEnabled: true,
    });
    expect(catalog.actions).toEqual(['package.created', 'package.flagged']);
    expect(catalog.versions).toHaveLength(1);
  });
});
