/**
 * winget's manifests as skeletons of packages: the file still has to be put into the package share. A manifest is one file, or
 * a version, an installer and locale files of one identifier. Rules: docs/importing.md; not proven on real manifests.
 */
import type { Criterion, PackageContent, Step } from '@drover/domain';
import type { ImportLog, SourceStep } from '../import-log';
import { label, next, packageOf, shortName, stopFailure, stopSuccess, toStep } from '../step-building';
import { architectureOf, installerStep } from './winget-installer';
import type { YamlMapping } from './read-manifest';

/** What the locale and version files of the same package say. */
export interface WingetNames {
  name?: string | undefined;
  publisher?: string | undefined;
  description?: string | undefined;
}

export const isWinget = (manifest: YamlMapping): boolean => manifest.has('PackageIdentifier');

/** Identifier and version: what the files of one manifest have in common. */
export const wingetKey = (manifest: YamlMapping): string =>
  `${manifest.text('PackageIdentifier') ?? ''} ${manifest.text('PackageVersion') ?? ''}`;

export const wingetNames = (manifest: YamlMapping): WingetNames => ({
  name: manifest.text('PackageName'),
  publisher: manifest.text('Publisher'),
  description: manifest.text('ShortDescription') ?? manifest.text('Description'),
});

/** Says nothing about how the package is installed. */
const descriptive =
  `ManifestType ManifestVersion PackageLocale DefaultLocale InstallerLocale ReleaseDate Moniker Tags Author License LicenseUrl
  Copyright CopyrightUrl ShortDescription Description PublisherUrl PublisherSupportUrl PrivacyUrl PackageUrl ReleaseNotes
  ReleaseNotesUrl PurchaseUrl Documentations Icons Agreements InstallationNotes Commands Protocols FileExtensions Channel
  PackageFamilyName AppsAndFeaturesEntries Platform InstallModes InstallerAbortsTerminal DisplayInstallWarnings
  ArchiveBinariesDependOnPath RepairBehavior InstallationMetadata ProductCode UpgradeBehavior`.split(/\s+/);

export function importWinget(manifest: YamlMapping, others: WingetNames, log: ImportLog): PackageContent[] {
  const own = wingetNames(manifest);
  const identifier = manifest.text('PackageIdentifier') ?? '';
  const version = manifest.text('PackageVersion') ?? '';
  manifest.ignore(descriptive);
  // A version or a locale file only completes the installer's.
  if (!manifest.has('Installers')) return [];
  log.packages += 1;
  const publisher = own.publisher ?? others.publisher ?? '';
  const name = shortName(`${own.name ?? others.name ?? identifier} ${version}`);
  const context: Frame = { manifest, identifier, name, log };
  const kinds = chosen(context);
  const steps = kinds.flatMap((kind, index) => kindSteps(kind, kinds[index + 1]));
  for (const { what, line } of manifest.unread().filter(({ key }) => !installerKeys.has(key)))
    log.list(name, what, 'the importer does not know it', line);
  if (steps.length === 0) {
    log.list(name, 'Installers', 'none of them can be represented, so there is nothing to deploy');
    return [];
  }
  const description = own.description ?? others.description ?? '';
  return [
    packageOf({
      name,
      description: [
        description,
        `winget ${identifier} ${version}${publisher === '' ? '' : ` by ${publisher}`}.`,
      ]
        .filter(Boolean)
        .join('\n\n'),
      labels: [label('winget')],
      steps,
    }),
  ];
}

interface Frame {
  manifest: YamlMapping;
  identifier: string;
  name: string;
  log: ImportLog;
}

/** Members that each installer can say for itself, and that the manifest can say for all. */
const installerKeys: ReadonlySet<string> = new Set(
  `InstallerType NestedInstallerType NestedInstallerFiles Scope InstallerSwitches InstallerSuccessCodes ExpectedReturnCodes
  MinimumOSVersion ElevationRequirement Dependencies UnsupportedOSArchitectures Markets RequireExplicitUpgrade
  DownloadCommandProhibited InstallLocationRequired UnsupportedArguments Capabilities RestrictedCapabilities
  Authentication`.split(/\s+/),
);

interface Kind {
  bits: 32 | 64 | undefined;
  minimum: string | undefined;
  step: Step;
}

/** One installer for each architecture: for the computer rather than for a user, then the first. */
function chosen(frame: Frame): Kind[] {
  const best = new Map<32 | 64 | undefined, { kind: Kind; isForComputer: boolean; source: SourceStep }>();
  const entries = frame.manifest.mappings('Installers');
  entries.forEach((entry, index) => {
    const architecture = entry.text('Architecture') ?? 'neutral';
    const source = frame.log.step(frame.name, `installer ${index + 1} (${architecture})`);
    entry.ignore(descriptive);
    const bits = architectureOf(architecture);
    if (bits === 'unknown') {
      source.lost(
        `Architecture: ${architecture}`,
        'Drover knows 32 and 64 bit computers with x86 processors',
      );
      return;
    }
    const scope = entry.text('Scope') ?? frame.manifest.text('Scope');
    const step = installerStep(
      frame,
      entry,
      { id: `install-${bits ?? 'any'}`, name: shortName(`Install ${frame.name}`) },
      source,
    );
    for (const { what, line, key } of entry.unread())
      source.lost(what, lossReasons[key] ?? 'the importer does not know it', line);
    for (const { what, line, key } of frame.manifest.unread().filter((one) => installerKeys.has(one.key)))
      source.lost(what, lossReasons[key] ?? 'the importer does not know it', line);
    if (!step) return;
    const minimum = entry.text('MinimumOSVersion') ?? frame.manifest.text('MinimumOSVersion');
    const kind: Kind = { bits, minimum: minimumOf(minimum, source), step };
    const earlier = best.get(bits);
    const isForComputer = scope !== 'user';
    if (!earlier || (isForComputer && !earlier.isForComputer))
      best.set(bits, { kind, isForComputer, source });
    const left = !earlier ? undefined : best.get(bits) === earlier ? source : earlier.source;
    left?.lost(
      `Architecture: ${architecture}`,
      'another installer of the manifest is taken for these computers',
    );
    if (!left && scope === 'user')
      source.note(
        'Scope: user',
        'installs for the account that runs it; choose the run mode “logged on user”',
      );
  });
  return [best.get(64), best.get(32), best.get(undefined)].flatMap((found) => found?.kind ?? []);
}

const lossReasons: Readonly<Record<string, string>> = {
  Dependencies: 'Drover knows no dependencies between packages: deploy the others first',
  Markets: 'Drover does not ask where a computer stands',
  Authentication: 'the file comes from the package share',
  UnsupportedOSArchitectures: 'only the architecture of the installer is asked for',
};

function minimumOf(version: string | undefined, source: SourceStep): string | undefined {
  if (version === undefined) return undefined;
  // The fourth part is the update; computers are told by major, minor and build.
  if (/^\d{1,5}(\.\d{1,5}){0,3}$/.test(version)) return version.split('.').slice(0, 3).join('.');
  source.lost(`MinimumOSVersion: ${version}`, 'is not a version');
  return undefined;
}

/** 32-bit installers also run on 64-bit Windows, so the last kind takes every computer that is left. */
function kindSteps(kind: Kind, following: Kind | undefined): Step[] {
  const { bits, minimum, step } = kind;
  const criteria: Criterion[] = [
    ...(bits === 64 ? [{ type: 'architecture', is: 64 } as const] : []),
    ...(minimum === undefined ? [] : [{ type: 'os', operator: '>=', version: minimum } as const]),
  ];
  const done: Step = { ...step, onSuccess: stopSuccess, onFailure: stopFailure };
  const [only, second] = criteria;
  if (!only) return [done];
  const condition: Step = {
    id: `if-${step.id}`,
    name: 'Is the installer for this computer?',
    type: 'condition',
    criteria: second ? { all: criteria } : only,
    onSuccess: next,
    onFailure: following ? toStep(firstIdOf(following)) : stopFailure,
  };
  return [condition, done];
}

const firstIdOf = ({ bits, minimum, step }: Kind): string =>
  bits === 64 || minimum !== undefined ? `if-${step.id}` : step.id;
