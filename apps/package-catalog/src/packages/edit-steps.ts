import { Problem, type Answer, type Asked, type editPackageSteps } from '@drover/contracts';
import { editAll } from '@drover/domain';
import type { CatalogPorts } from '../ports';
import { noSuchPackage } from './refusals';
import { saveNext } from './save-package';

/**
 * Saves the next version with the steps edited: all the edits, or none.
 * @throws Problem 'invalid' for an edit that would leave a branch to nowhere, naming the steps; and as `save` does.
 */
export function edit(
  ports: CatalogPorts,
  request: Asked<typeof editPackageSteps>,
): Promise<Answer<typeof editPackageSteps>> {
  const { id, expectedVersion, edits } = request;
  return saveNext(ports, request, async ({ versions }) => {
    const found = await versions.find(id, expectedVersion);
    if (!found) throw noSuchPackage(id);
    const result = editAll(found.content.steps, edits);
    if (result.kind === 'edited') return { ...found.content, steps: result.steps };
    throw new Problem('invalid', 'The steps cannot be edited like this', result.because, {
      remedy: 'Say where the branches of a deleted step are to lead, or change those steps first.',
      errors: result.steps.map((name) => ({ path: 'edits', message: `step “${name}”` })),
    });
  });
}
