/**
 * Options that a package may already carry and that no worker acts on. A deployment that asks for one is refused, so that
 * nothing an operator asked for is left out silently.
 */
import { Problem } from '@drover/contracts';
import { usesPackageShare, type PackageContent } from '@drover/domain';

const options: { path: string; message: string; isAskedFor: (content: PackageContent) => boolean }[] = [
  {
    path: 'runMode',
    message: 'steps run under the system account only',
    isAskedFor: ({ runMode }) => runMode !== 'system' && runMode !== 'select',
  },
  {
    path: 'finalAction',
    message: 'no final action is triggered; use a Restart step',
    isAskedFor: ({ finalAction }) => finalAction.do !== 'none',
  },
  { path: 'rescan', message: 'no rescan is triggered', isAskedFor: ({ rescan }) => rescan },
  {
    path: 'steps',
    message: 'a step reads {PackageShare}, and shares are not there',
    isAskedFor: ({ steps }) => steps.some(usesPackageShare),
  },
];

/** @throws Problem 'invalid' that names each option of the package that would not be acted on. */
export function refuseWhatCannotRun(content: PackageContent): void {
  const errors = options.filter((o) => o.isAskedFor(content)).map(({ path, message }) => ({ path, message }));
  if (errors.length === 0) return;
  throw new Problem(
    'invalid',
    'This version of Drover cannot do all that the package asks for',
    errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    { remedy: 'Change these options of the package and deploy it again.', errors },
  );
}
