/** One installer of a winget manifest as a step: its type gives the silent switches, its return codes their meaning. */
import type { ExitCodes, InstallerStep } from '@drover/domain';
import type { SourceStep } from '../import-log';
import { next, stopFailure } from '../step-building';
import type { YamlMapping } from './read-manifest';

/** 32 also for installers that run everywhere; `unknown` for processors that Drover's runner is not made for. */
export function architectureOf(architecture: string): 32 | 64 | undefined | 'unknown' {
  switch (architecture.toLowerCase()) {
    case 'x64':
      return 64;
    case 'x86':
      return 32;
    case 'neutral':
      return undefined;
    default:
      return 'unknown';
  }
}

/** Where in the share the file is expected. */
export function wingetFile(identifier: string, url: string, ending: string): string {
  const last = /([^/\\?#]+)(?:[?#].*)?$/.exec(url)?.[1] ?? '';
  const name = decodedName(last).replace(/[<>:"/\\|?*]/g, '_');
  const file = name.toLowerCase().endsWith(`.${ending}`) ? name : `${name || 'setup'}.${ending}`;
  return `{PackageShare}\\Installers\\${identifier}\\${file}`;
}

const decodedName = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    // A percent sign that begins no escape belongs to the name.
    if (error instanceof URIError) return text;
    throw error;
  }
};

/** What winget gives each type when the manifest has no switches of its own. */
const silentSwitches: ReadonlyMap<string, { ending: string; silent: string | undefined }> = new Map([
  ['msi', { ending: 'msi', silent: '' }],
  ['wix', { ending: 'msi', silent: '' }],
  ['burn', { ending: 'exe', silent: '/quiet /norestart' }],
  ['inno', { ending: 'exe', silent: '/SP- /VERYSILENT /SUPPRESSMSGBOXES /NORESTART' }],
  ['nullsoft', { ending: 'exe', silent: '/S' }],
  ['exe', { ending: 'exe', silent: undefined }],
]);

export function installerStep(
  { manifest, identifier }: { manifest: YamlMapping; identifier: string },
  entry: YamlMapping,
  frame: { id: string; name: string },
  source: SourceStep,
): InstallerStep | undefined {
  const said = (key: string): YamlMapping => {
    manifest.text(key);
    return entry.has(key) ? entry : manifest;
  };
  const type = (said('InstallerType').text('InstallerType') ?? '').toLowerCase();
  const usual = silentSwitches.get(type);
  const url = entry.text('InstallerUrl') ?? '';
  const hash = entry.text('InstallerSha256') ?? '';
  const elevation = said('ElevationRequirement').text('ElevationRequirement');
  const codes = exitCodes(type, said('InstallerSuccessCodes'), said('ExpectedReturnCodes'), source);
  const switches = switchesOf(manifest, entry);
  if (!usual) {
    source.lost(`InstallerType: ${type}`, 'Drover installs msi, wix, burn, inno, nullsoft and exe');
    return undefined;
  }
  const file = wingetFile(identifier, url, usual.ending);
  source.note(
    `InstallerUrl: ${url}`,
    `the file has to be put to ${file}${hash === '' ? '' : `; its SHA-256 is ${hash}`}`,
  );
  if (elevation === 'elevationProhibited')
    source.lost(`ElevationRequirement: ${elevation}`, 'choose the run mode “logged on user”');
  const silent = switches.silent ?? usual.silent;
  if (silent === undefined)
    source.lost('InstallerSwitches', 'no silent switches are known for this installer; add them');
  const parameters = [silent ?? '', switches.custom ?? ''].filter((text) => text.trim() !== '').join(' ');
  // An installer step already says /qn /norestart to Windows Installer.
  const isOwnLine = usual.ending === 'msi' && switches.silent !== undefined && !isUsualMsi(switches.silent);
  return {
    ...frame,
    type: 'installer',
    file,
    parameters: usual.ending === 'msi' ? (switches.custom ?? '') : parameters,
    ...(isOwnLine && { commandLine: `msiexec.exe /i "${file}" ${parameters}` }),
    ...codes,
    onSuccess: next,
    onFailure: stopFailure,
  };
}

const isUsualMsi = (silent: string): boolean =>
  silent
    .trim()
    .split(/\s+/)
    .every((word) => /^\/(qn|quiet|norestart)$/i.test(word));

/** The switches of the installer win over those of the manifest one by one. */
function switchesOf(
  manifest: YamlMapping,
  entry: YamlMapping,
): { silent: string | undefined; custom: string | undefined } {
  const [own] = entry.mappings('InstallerSwitches');
  const [all] = manifest.mappings('InstallerSwitches');
  const value = (key: string): string | undefined => own?.text(key) ?? all?.text(key);
  return { silent: value('Silent') ?? value('SilentWithProgress'), custom: value('Custom') };
}

/** Windows Installer's own codes, which winget knows for these types without being told. */
const windowsInstallerTypes: ReadonlySet<string> = new Set(['msi', 'wix', 'burn']);

function exitCodes(
  type: string,
  ofCodes: YamlMapping,
  ofReturns: YamlMapping,
  source: SourceStep,
): ExitCodes {
  const success = new Set<number>([0, ...(windowsInstallerTypes.has(type) ? [1641, 3010] : [])]);
  const needed = new Set<number>([3010]);
  const begun = new Set<number>([1641]);
  const again = new Set<number>([1618]);
  for (const code of ofCodes.list('InstallerSuccessCodes')) success.add(Number(code));
  for (const expected of ofReturns.mappings('ExpectedReturnCodes')) {
    const code = Number(expected.text('InstallerReturnCode'));
    const response = expected.text('ReturnResponse') ?? '';
    if (!Number.isInteger(code)) {
      source.lost(`ReturnResponse: ${response}`, 'has no exit code');
      continue;
    }
    if (response === 'rebootRequiredToFinish') needed.add(code);
    if (response === 'rebootInitiated') begun.add(code);
    if (response === 'installInProgress') again.add(code);
    if (['rebootRequiredToFinish', 'rebootInitiated', 'alreadyInstalled'].includes(response))
      success.add(code);
  }
  const others = (codes: Set<number>, usual: number) => (codes.size > 1 ? [...codes] : [usual]);
  return {
    successCodes: [...success],
    ...(needed.size > 1 && { restartNeededCodes: others(needed, 3010).filter((code) => success.has(code)) }),
    ...(begun.size > 1 && { restartBegunCodes: others(begun, 1641).filter((code) => success.has(code)) }),
    ...(again.size > 1 && { tryAgainCodes: [...again] }),
  };
}
