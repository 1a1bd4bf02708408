/** PDQ Deploy's install step: an installer, a script or a registry file with parameters. */
import { endingOf, installerEndings, scriptEndings, type ExitCodes, type Step } from '@drover/domain';
import type { SourceStep } from '../import-log';
import { exitCodesIn, usualSuccessCodes } from '../step-building';
import type { XmlElement } from '../xml/xml-element';
import type { PdqStepFrame } from './import-pdq';

/** Undefined when the file is of no kind that Drover starts. */
export function installStep(element: XmlElement, frame: PdqStepFrame, source: SourceStep): Step | undefined {
  const { line } = element;
  const file = tokens(element.takeTextOf('FileName')?.trim() ?? '', source, line);
  const parameters = tokens(element.takeTextOf('Parameters')?.trim() ?? '', source, line);
  const codes = successCodes(element.takeTextOf('SuccessCodes') ?? '', source, line);
  const byHand = tokens(element.takeTextOf('CustomCommandLine')?.trim() ?? '', source, line);
  const files = element.takeTextOf('Files')?.trim() ?? '';
  if (files !== '') source.lost(`<Files>${files}`, 'further files have to be in the package share', line);
  // The folder of the file is in the share with everything that is in it, so it needs no copy.
  element.takeFirst('IncludeDirectory')?.ignore();
  if (element.takeFirst('LeaveInstallFile')?.take('value') === 'true')
    source.lost('<LeaveInstallFile value="true">', 'the file is read from the share, no copy stays', line);
  const commandLine = byHand === '' ? msiCommandLine(element, file, parameters, source) : byHand;
  if (byHand !== '')
    for (const name of ['MsiOperation', 'MsiQuiet', 'MsiRestart']) element.takeFirst(name)?.ignore();
  const ending = endingOf(file);
  const own = { ...frame, ...codes, file, parameters, ...(commandLine !== undefined && { commandLine }) };
  if (file === '' && byHand !== '') return { ...frame, ...codes, type: 'command', command: byHand };
  if (file === '') return undefined;
  if (installerEndings.includes(ending)) return { ...own, type: 'installer' };
  if (scriptEndings.includes(ending)) return { ...own, type: 'script' };
  if (ending === 'reg') return { ...frame, ...codes, type: 'command', command: `reg.exe import "${file}"` };
  return byHand === '' ? undefined : { ...own, type: 'script' };
}

/** The line for Windows Installer where it differs from what an installer step does by itself. */
function msiCommandLine(
  element: XmlElement,
  file: string,
  parameters: string,
  source: SourceStep,
): string | undefined {
  const operation = element.takeTextOf('MsiOperation') ?? 'Install';
  const isQuiet = element.takeFirst('MsiQuiet')?.take('value') !== 'false';
  const restart = element.takeTextOf('MsiRestart') ?? 'Never';
  if (endingOf(file) !== 'msi') return undefined;
  const verb = { Install: '/i', Uninstall: '/x', Repair: '/f' }[operation];
  if (verb === undefined)
    source.lost(`<MsiOperation>${operation}`, 'is not known; it is installed', element.line);
  if (restart !== 'Never')
    source.note(`<MsiRestart>${restart}`, 'Windows Installer decides about a restart', element.line);
  if ((verb ?? '/i') === '/i' && isQuiet && restart === 'Never') return undefined;
  const options = [isQuiet ? '/qn' : '', restart === 'Never' ? '/norestart' : '', parameters];
  return [`msiexec.exe ${verb ?? '/i'} "${file}"`, ...options].filter(Boolean).join(' ');
}

function successCodes(text: string, source: SourceStep, line: number): ExitCodes {
  const { codes, unknown } = exitCodesIn(text);
  if (unknown.length > 0) source.lost(`<SuccessCodes>${text}`, `${unknown.join(', ')} is no exit code`, line);
  return { successCodes: codes.length > 0 ? codes : usualSuccessCodes() };
}

/** `$(Repository)` is the share; `@(Name)` becomes a variable of the package. */
function tokens(text: string, source: SourceStep, line: number): string {
  return text
    .replace(/\$\(repository\)/gi, '{PackageShare}')
    .replace(/@\((\w+)\)/g, (whole, name: string) => {
      if (/^[A-Za-z]\w{0,63}$/.test(name)) return `{${name}}`;
      source.lost(whole, 'cannot be the name of a variable in Drover', line);
      return whole;
    })
    .replace(/\$\((\w+)\)/g, (whole) => {
      source.lost(whole, 'is a variable of PDQ Deploy itself, which Drover does not have', line);
      return whole;
    });
}
