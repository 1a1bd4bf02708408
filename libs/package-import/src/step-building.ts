/** Small decisions that all importers share about the steps they make. */
import {
  defaultSuccessCodes,
  exitCodesMax,
  largestExitCode,
  packageDefaults,
  smallestExitCode,
  type Branch,
  type PackageContent,
  type Step,
} from '@drover/domain';

export const next: Branch = { go: 'next' };
export const stopSuccess: Branch = { go: 'stopSuccess' };
export const stopFailure: Branch = { go: 'stopFailure' };
export const toStep = (step: string): Branch => ({ go: 'step', step });

const nameCharactersMax = 255;
const labelCharactersMax = 40;

/** A name that the catalogue accepts: not empty, no line ends, not too long. */
export function shortName(text: string, otherwise = 'Without a name'): string {
  const name = text.replace(/\s+/g, ' ').trim();
  const kept = name === '' ? otherwise : name;
  return kept.length > nameCharactersMax ? `${kept.slice(0, nameCharactersMax - 1).trim()}…` : kept;
}

export const label = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, labelCharactersMax);

/** A package with the defaults for what the source does not say. */
export const packageOf = (
  members: Partial<PackageContent> & { name: string; steps: Step[] },
): PackageContent => ({ ...packageDefaults, ...members });

/** Exit codes as in `0,1641,3010`; `unknown` are the parts that are none. */
export function exitCodesIn(text: string): { codes: number[]; unknown: string[] } {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const codes: number[] = [];
  const unknown: string[] = [];
  for (const part of parts) {
    const code = /^[-+]?\d+$/.test(part) ? Number(part) : /^0x[0-9a-f]+$/i.test(part) ? Number(part) : NaN;
    const isCode = code >= smallestExitCode && code <= largestExitCode && codes.length < exitCodesMax;
    if (!isCode) unknown.push(part);
    else if (!codes.includes(code)) codes.push(code);
  }
  return { codes, unknown };
}

export const usualSuccessCodes = (): number[] => [...defaultSuccessCodes];

/** The last part of a path, without quotes. */
export const baseName = (path: string): string =>
  path.replace(/"/g, '').split(/[\\/]/).filter(Boolean).at(-1) ?? path;
