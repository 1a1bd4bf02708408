/** The refusals that several use cases share. */
import { Problem } from '@drover/contracts';

export const noSuchPackage = (id: string): Problem =>
  new Problem('notFound', 'No such package', `there is no package with the id ${id}`, {
    remedy: 'List the packages: drover package list',
  });

export const nameTaken = (name: string): Problem =>
  new Problem('conflict', 'The package exists already', `there is a package named ${name}`, {
    remedy: 'Choose another name, or save a next version of the package that is there.',
    errors: [{ path: 'name', message: 'is taken' }],
  });
