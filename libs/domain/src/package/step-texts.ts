/**
 * The texts of steps and the tokens in them: `{PackageShare}` and the package's variables (STEP-4). Only tokens that are
 * known are replaced, so that braces keep their meaning everywhere else (GUIDs, PowerShell blocks).
 */
import type { Step } from './step';

export const packageShareToken = 'PackageShare';
export const variableNamePattern = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const token = /\{([A-Za-z][A-Za-z0-9_]{0,63})\}/g;

/** Members that say how a step works; everything else that is a text goes to the computer. */
const structural: ReadonlySet<string> = new Set([
  'id',
  'name',
  'type',
  'onSuccess',
  'onFailure',
  'test',
  'property',
  'operator',
  'view',
  'family',
  'overwrite',
]);

/** The step with every text but its id and name replaced. `field` is where the text is, as in `criteria.all.0.path`. */
export function mapTexts<S extends Step>(step: S, replace: (text: string, field: string) => string): S {
  return mapMembers(step, '', replace) as S;
}

/** Every text of a step but its id and name, with the field that it is in. */
export function textsOf(step: Step): { field: string; text: string }[] {
  const texts: { field: string; text: string }[] = [];
  mapTexts(step, (text, field) => {
    texts.push({ field, text });
    return text;
  });
  return texts;
}

/** The names in braces, in lower case: they are compared without regard to case. */
export const tokensIn = (text: string): string[] =>
  [...text.matchAll(token)].map(([, name = '']) => name.toLowerCase());

/** Tokens for which `valueOf` (given the name in lower case) has a value are replaced by it, once: values are not read again. */
export const replaceTokens = (text: string, valueOf: (name: string) => string | undefined): string =>
  text.replace(token, (whole, name: string) => valueOf(name.toLowerCase()) ?? whole);

/** Whether the step reads from the share. */
export const usesPackageShare = (step: Step): boolean =>
  textsOf(step).some(({ text }) => tokensIn(text).includes(packageShareToken.toLowerCase()));

function mapMembers(value: object, path: string, replace: (text: string, field: string) => string): object {
  const isStep = path === '';
  const members = Object.entries(value).map(([key, member]: [string, unknown]): [string, unknown] => {
    // A criterion's `name` is a registry value's, a product's or a service's; only a step's own stays.
    if (structural.has(key) && (isStep || key !== 'name')) return [key, member];
    return [key, mapValue(member, isStep ? key : `${path}.${key}`, replace)];
  });
  return Object.fromEntries(members);
}

function mapValue(value: unknown, path: string, replace: (text: string, field: string) => string): unknown {
  if (typeof value === 'string') return replace(value, path);
  if (Array.isArray(value))
    return value.map((member: unknown, index) => mapValue(member, `${path}.${index}`, replace));
  return typeof value === 'object' && value !== null ? mapMembers(value, path, replace) : value;
}
