/** What is wrong within one step, whatever the others are. */
import { criteriaDepthMax, criteriaMax, partsOf, type Criterion, type CriterionLeaf } from './criterion';
import {
  defaultRestartBegunCodes,
  defaultRestartNeededCodes,
  largestExitCode,
  smallestExitCode,
  type ExitCodes,
} from './exit-codes';
import { endingOf, installerEndings, scriptEndings } from './resulting-command';
import { isProcessStep, type Step } from './step';

/** `field` is where it is in the step, as in `criteria.all.0.value`. */
export interface StepFinding {
  field: string;
  message: string;
}

export function stepErrors(step: Step): StepFinding[] {
  return [...(isProcessStep(step) ? exitCodeErrors(step) : []), ...fieldErrors(step)];
}

export function stepWarnings(step: Step): StepFinding[] {
  return isProcessStep(step) ? exitCodeWarnings(step) : [];
}

function fieldErrors(step: Step): StepFinding[] {
  switch (step.type) {
    case 'installer':
      if (step.commandLine !== undefined || installerEndings.includes(endingOf(step.file))) return [];
      return [
        { field: 'file', message: `an installer ends in ${listed(installerEndings)}, unlike ${step.file}` },
      ];
    case 'script':
      if (step.commandLine !== undefined || step.interpreter !== undefined) return [];
      if (scriptEndings.includes(endingOf(step.file))) return [];
      return [
        {
          field: 'interpreter',
          message: `a script that does not end in ${listed(scriptEndings)} needs an interpreter`,
        },
      ];
    case 'killProcess':
      if ((step.image === undefined) !== (step.pid === undefined)) return [];
      return [{ field: 'image', message: 'either the name of a program or a process id is needed' }];
    case 'msiUninstaller':
      return uninstallerErrors(step);
    case 'condition':
      return criteriaErrors(step.criteria);
    default:
      return [];
  }
}

function uninstallerErrors(step: Extract<Step, { type: 'msiUninstaller' }>): StepFinding[] {
  const { productCode, productName, publisher, version } = step;
  if (productCode !== undefined && (productName ?? publisher ?? version) !== undefined)
    return [
      { field: 'productCode', message: 'names one product, so no name, publisher or version goes with it' },
    ];
  if (productCode !== undefined || productName !== undefined) {
    // A pattern of wildcards alone would remove every product of a computer.
    return productName === undefined || /[^*?\s]/.test(productName) || publisher !== undefined
      ? []
      : [{ field: 'productName', message: 'a pattern that fits every product is refused' }];
  }
  return [{ field: 'productCode', message: 'a product code, or the name of a product, is needed' }];
}

function exitCodeErrors(codes: ExitCodes): StepFinding[] {
  const lists = ['successCodes', 'restartNeededCodes', 'restartBegunCodes', 'tryAgainCodes'] as const;
  const outOfRange = lists.flatMap((field): StepFinding[] => {
    const refused = (codes[field] ?? []).filter(
      (code) => !Number.isInteger(code) || code < smallestExitCode || code > largestExitCode,
    );
    if (refused.length === 0) return [];
    const what = field === 'successCodes' ? 'a success code' : 'an exit code';
    const message = `${what} is a whole number from ${smallestExitCode} to ${largestExitCode}, unlike ${refused.join(', ')}`;
    return [{ field, message }];
  });
  if (outOfRange.length > 0 || codes.anyCode || codes.successCodes.length > 0) return outOfRange;
  return [{ field: 'successCodes', message: 'at least one success code is needed, or it can never succeed' }];
}

/** A list that the operator has written, and that can have no effect. */
function exitCodeWarnings(codes: ExitCodes): StepFinding[] {
  if (codes.anyCode) return [];
  const success = new Set(codes.successCodes.map((code) => code >>> 0));
  const idle = (field: 'restartNeededCodes' | 'restartBegunCodes', usual: readonly number[]): StepFinding[] =>
    (codes[field] ?? [])
      .filter((code) => !usual.includes(code) && !success.has(code >>> 0))
      .map((code) => ({ field, message: `${code} is not among the success codes, so it means failure` }));
  const tryAgain = (codes.tryAgainCodes ?? [])
    .filter((code) => success.has(code >>> 0))
    .map((code) => ({
      field: 'tryAgainCodes',
      message: `${code} is a success code, so the step is not tried again`,
    }));
  return [
    ...idle('restartNeededCodes', defaultRestartNeededCodes),
    ...idle('restartBegunCodes', defaultRestartBegunCodes),
    ...tryAgain,
  ];
}

function criteriaErrors(criteria: Criterion): StepFinding[] {
  const errors: StepFinding[] = [];
  let count = 0;
  const visit = (criterion: Criterion, field: string, depth: number): void => {
    count += 1;
    if (depth > criteriaDepthMax || count > criteriaMax) return;
    if ('type' in criterion) {
      errors.push(...leafErrors(criterion).map((e) => ({ ...e, field: `${field}.${e.field}` })));
      return;
    }
    const parts = partsOf(criterion);
    const group = 'all' in criterion ? 'all' : 'any' in criterion ? 'any' : undefined;
    if (parts.length === 0) errors.push({ field, message: 'a group without criteria' });
    if (depth === criteriaDepthMax)
      errors.push({ field, message: `criteria are nested deeper than ${criteriaDepthMax}` });
    parts.forEach((part, index) => {
      visit(part, group ? `${field}.${group}.${index}` : `${field}.not`, depth + 1);
    });
  };
  visit(criteria, 'criteria', 1);
  if (count > criteriaMax)
    errors.push({ field: 'criteria', message: `${count} criteria; at most ${criteriaMax} are evaluated` });
  return errors;
}

const versionPattern = /^\d{1,10}(\.\d{1,10}){0,7}$/;
const registryRoot =
  /^(HKLM|HKCU|HKCR|HKU|HKEY_LOCAL_MACHINE|HKEY_CURRENT_USER|HKEY_CLASSES_ROOT|HKEY_USERS)\\\S/i;
/** A token stands for a value that is known only when the package is deployed. */
const holdsToken = (text: string): boolean => /\{[A-Za-z]\w*\}/.test(text);

function leafErrors(leaf: CriterionLeaf): StepFinding[] {
  switch (leaf.type) {
    case 'fileProperty':
      return valueErrors(
        ({ version: 'version', sizeBytes: 'number', modifiedAt: 'instant' } as const)[leaf.property],
        leaf.value,
      );
    case 'registryKey':
      return keyErrors(leaf.key);
    case 'registryValue':
      return [...keyErrors(leaf.key), ...registryValueErrors(leaf)];
    case 'os':
      return osErrors(leaf);
    case 'uninstallEntry':
      return [
        ...together(leaf.operator, leaf.version, 'version'),
        ...(leaf.version === undefined ? [] : valueErrors('version', leaf.version, 'version')),
      ];
    case 'environment':
      return (leaf.test === 'equals' || leaf.test === 'contains') === (leaf.value !== undefined)
        ? []
        : [
            {
              field: 'value',
              message: `${leaf.test} ${leaf.value === undefined ? 'needs' : 'takes no'} value`,
            },
          ];
    default:
      return [];
  }
}

function registryValueErrors(leaf: Extract<CriterionLeaf, { type: 'registryValue' }>): StepFinding[] {
  const { test, operator, value } = leaf;
  const isCompared = test === 'number' || test === 'version';
  const needsValue = isCompared || test === 'equals' || test === 'contains';
  const errors: StepFinding[] = [];
  if (needsValue !== (value !== undefined))
    errors.push({ field: 'value', message: `${test} ${needsValue ? 'needs' : 'takes no'} value` });
  if (isCompared !== (operator !== undefined))
    errors.push({ field: 'operator', message: `${test} ${isCompared ? 'needs' : 'takes no'} operator` });
  if (isCompared && value !== undefined) errors.push(...valueErrors(test, value));
  return errors;
}

function osErrors({
  family,
  operator,
  version,
  edition,
}: Extract<CriterionLeaf, { type: 'os' }>): StepFinding[] {
  if ((family ?? version ?? edition) === undefined)
    return [{ field: 'version', message: 'a family, a version or an edition is needed' }];
  return together(operator, version, 'version');
}

const together = (operator: string | undefined, value: string | undefined, field: string): StepFinding[] =>
  (operator === undefined) === (value === undefined)
    ? []
    : [{ field: operator === undefined ? 'operator' : field, message: 'operator and version go together' }];

const keyErrors = (key: string): StepFinding[] =>
  registryRoot.test(key) || holdsToken(key)
    ? []
    : [{ field: 'key', message: 'begins with HKLM, HKCU, HKCR or HKU, as in HKLM\\SOFTWARE\\Example' }];

function valueErrors(kind: 'version' | 'number' | 'instant', value: string, field = 'value'): StepFinding[] {
  const isRight =
    holdsToken(value) ||
    (kind === 'version' && versionPattern.test(value)) ||
    (kind === 'number' && /^-?\d{1,19}$/.test(value)) ||
    (kind === 'instant' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value)));
  const wanted = {
    version: 'a version, as in 1.2.3.4',
    number: 'a whole number',
    instant: 'an instant, as in 2024-05-31T12:00:00Z',
  }[kind];
  return isRight ? [] : [{ field, message: `must be ${wanted}, unlike “${value}”` }];
}

const listed = (endings: readonly string[]): string => endings.map((ending) => `.${ending}`).join(', ');
