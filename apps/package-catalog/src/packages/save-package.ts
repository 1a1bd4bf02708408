import { Problem, type Answer, type Asked, type savePackage } from '@drover/contracts';
import type { PackageContent } from '@drover/domain';
import type { CatalogPorts, CatalogTransaction, StoredPackage } from '../ports';
import { checkContent } from './check-content';
import { nameTaken, noSuchPackage } from './refusals';
import { searchWords } from './search-words';

type Saved = Answer<typeof savePackage>;

/**
 * Adds the next version; those before it stay as they are. Saving under another name renames the package.
 * @throws Problem 'conflict' when somebody else has saved since `expectedVersion`, or when the name is taken;
 * 'invalid' for a content with errors; 'notFound'.
 */
export function save(ports: CatalogPorts, request: Asked<typeof savePackage>): Promise<Saved> {
  return saveNext(ports, request, () => Promise.resolve(request.content));
}

/** The same with a content that is made from what is saved, in the transaction that saves it. */
export function saveNext(
  ports: CatalogPorts,
  { actor, id, expectedVersion }: Pick<Asked<typeof savePackage>, 'actor' | 'id' | 'expectedVersion'>,
  makeContent: (catalog: CatalogTransaction) => Promise<PackageContent>,
): Promise<Saved> {
  return ports.transaction(async (catalog) => {
    const { packages, versions, audit } = catalog;
    const row = await packages.lock(id);
    if (!row) throw noSuchPackage(id);
    if (row.latestVersion !== expectedVersion) throw savedMeanwhile(row, expectedVersion);
    const content = await makeContent(catalog);
    const warnings = checkContent(content);
    const at = ports.now().toISOString();
    const version = {
      packageId: id,
      version: row.latestVersion + 1,
      content,
      createdAt: at,
      createdBy: actor,
    };
    const changed: StoredPackage = {
      ...row,
      name: content.name,
      description: content.description,
      steps: content.steps.length,
      labels: content.labels,
      latestVersion: version.version,
      updatedAt: at,
    };
    if (!(await packages.update(changed, searchWords(content)))) throw nameTaken(content.name);
    await versions.insert(version);
    await audit({
      actor,
      action: 'package.saved',
      subject: id,
      detail: { name: changed.name, version: version.version },
    });
    return { package: changed, version, warnings };
  });
}

const savedMeanwhile = (row: StoredPackage, expected: number): Problem =>
  new Problem(
    'conflict',
    'The package was saved meanwhile',
    `version ${expected} was edited, but “${row.name}” is at version ${row.latestVersion}`,
    { remedy: `Look at version ${row.latestVersion}, bring the change into it and save again.` },
  );
