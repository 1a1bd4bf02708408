/**
 * Values for the tokens of a package (STEP-4, variables). A plain variable's value takes its place in the text. A secret
 * one's never does: the text gets the name of an environment variable, and the runner gives the value to the process
 * alone, so that no plan, journal, log or list of command lines holds it.
 */
import type { PackageContent, PackageVariable } from './package';
import type { Step } from './step';
import { mapTexts, packageShareToken, replaceTokens } from './step-texts';

/** Values by name, without regard to case. */
export type VariableValues = Readonly<Record<string, string>>;

export interface TokenValues {
  /** The UNC folder, or in push mode the folder on the computer; `{PackageShare}` stays as it is when left out. */
  packageShare?: string | undefined;
  /** Values that win over the defaults; those of secret variables are not needed here and are ignored. */
  variables?: VariableValues | undefined;
}

/** The environment variable that carries a secret variable to the steps. */
export const secretEnvironmentName = (name: string): string => `DROVER_${name.toUpperCase()}`;

/** Variables by group or deployment: later layers win. Names are compared without regard to case. */
export function mergeVariables(...layers: readonly (VariableValues | undefined)[]): VariableValues {
  const merged = new Map<string, string>();
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer ?? {})) merged.set(name.toLowerCase(), value);
  return Object.fromEntries(merged);
}

export interface VariableProblems {
  /** Given a value, but the package has no such variable. */
  unknown: string[];
  /** Without a value and without a default: the package cannot be deployed like this. */
  missing: string[];
}

/** Whether `given` (the names that have a value) is enough for a deployment. */
export function checkVariables(
  variables: readonly PackageVariable[],
  given: readonly string[],
): VariableProblems {
  const names = new Set(given.map((name) => name.toLowerCase()));
  const known = new Set(variables.map(({ name }) => name.toLowerCase()));
  return {
    unknown: given.filter((name) => !known.has(name.toLowerCase())),
    missing: variables
      .filter(({ name, default: value }) => value === undefined && !names.has(name.toLowerCase()))
      .map(({ name }) => name),
  };
}

/** The step with its tokens replaced. PowerShell text takes a secret from its environment, everything else as `%NAME%`. */
export function fillStep<S extends Step>(
  step: S,
  content: Pick<PackageContent, 'variables'>,
  values: TokenValues,
): S {
  const given = mergeVariables(values.variables);
  const known = new Map(content.variables.map((variable) => [variable.name.toLowerCase(), variable]));
  const reference = (name: string): string =>
    step.type === 'powershell'
      ? `\${env:${secretEnvironmentName(name)}}`
      : `%${secretEnvironmentName(name)}%`;
  const valueOf = (name: string): string | undefined => {
    if (name === packageShareToken.toLowerCase()) return values.packageShare;
    const variable = known.get(name);
    if (!variable) return undefined;
    return variable.isSecret ? reference(variable.name) : (given[name] ?? variable.default);
  };
  return mapTexts(step, (text) => replaceTokens(text, valueOf));
}
