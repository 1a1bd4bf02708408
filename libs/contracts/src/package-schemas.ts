/**
 * The schema of a package: what the API, the command line, import and export read and write, and docs/package-schema.json.
 * What a schema cannot say (branches, combinations of fields) `validatePackage` checks.
 */
import {
  commandCharactersMax,
  comparisonOperators,
  criteriaMax,
  criterionTextCharactersMax,
  defaultSuccessCodes,
  exitCodesMax,
  finalActionWaitSecondsMax,
  labelCharactersMax,
  labelsMax,
  largestExitCode,
  maximumDurationSecondsMax,
  messageCharactersMax,
  packageDefaults,
  parametersCharactersMax,
  pathCharactersMax,
  powershellCharactersMax,
  registryViews,
  restartDelaySecondsMax,
  runModes,
  smallestExitCode,
  stepsMax,
  variableCharactersMax,
  variableNamePattern,
  variablesMax,
  type Criterion,
} from '@drover/domain';
import { z } from 'zod';
import { longText, shortText } from './texts';

export const branch = z.discriminatedUnion('go', [
  z.strictObject({ go: z.literal('next') }),
  z.strictObject({ go: z.literal('step'), step: z.string().min(1) }),
  z.strictObject({ go: z.literal('stopSuccess') }),
  z.strictObject({ go: z.literal('stopFailure') }),
]);

/** Any signed or unsigned 32-bit value. */
export const exitCode = z.int().min(smallestExitCode).max(largestExitCode);
export const runMode = z.enum(runModes);
export const packageRunMode = z.enum(['select', ...runModes]);

const codes = z.array(exitCode).max(exitCodesMax);
const exitCodeFields = {
  successCodes: codes.default([...defaultSuccessCodes]),
  anyCode: z.boolean().optional(),
  restartNeededCodes: codes.optional(),
  restartBegunCodes: codes.optional(),
  tryAgainCodes: codes.optional(),
};
const seconds = z.int().min(1).max(maximumDurationSecondsMax);
const stepFields = {
  id: z.string().min(1).max(64),
  name: shortText,
  onSuccess: branch.default({ go: 'next' }),
  onFailure: branch.default({ go: 'stopFailure' }),
  timeoutSeconds: seconds.optional(),
};
const path = z.string().trim().min(1).max(pathCharactersMax);
const parameters = z.string().max(parametersCharactersMax).default('');
const pattern = z.string().trim().min(1).max(255);
const operator = z.enum(comparisonOperators);
const version = z.string().regex(/^\d{1,10}(\.\d{1,10}){0,7}$/, 'must be a version, as in 1.2.3.4');
const view = z.enum(registryViews).default('either');
const compared = z.string().max(criterionTextCharactersMax);

const criterionLeaves = [
  z.strictObject({ type: z.literal('file'), path, test: z.enum(['exists', 'absent']) }),
  z.strictObject({
    type: z.literal('fileProperty'),
    path,
    property: z.enum(['version', 'sizeBytes', 'modifiedAt']),
    operator,
    value: compared,
  }),
  z.strictObject({ type: z.literal('registryKey'), key: path, view, test: z.enum(['exists', 'absent']) }),
  z.strictObject({
    type: z.literal('registryValue'),
    key: path,
    name: z.string().max(pathCharactersMax),
    view,
    test: z.enum(['exists', 'absent', 'equals', 'contains', 'number', 'version']),
    operator: operator.optional(),
    value: compared.optional(),
  }),
  z.strictObject({ type: z.literal('architecture'), is: z.literal([32, 64]) }),
  z.strictObject({
    type: z.literal('os'),
    family: z.enum(['client', 'server']).optional(),
    operator: operator.optional(),
    version: version.optional(),
    edition: pattern.optional(),
  }),
  z.strictObject({
    type: z.literal('uninstallEntry'),
    name: pattern,
    publisher: pattern.optional(),
    operator: operator.optional(),
    version: z.string().min(1).max(100).optional(),
    view,
  }),
  z.strictObject({
    type: z.literal('environment'),
    name: pattern,
    test: z.enum(['exists', 'absent', 'equals', 'contains']),
    value: compared.optional(),
  }),
  z.strictObject({
    type: z.literal('service'),
    name: pattern,
    test: z.enum(['exists', 'absent', 'running', 'stopped', 'disabled']),
  }),
] as const;

export const criterion: z.ZodType<Criterion, CriterionInput> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(criterion).min(1).max(criteriaMax) }),
      z.strictObject({ any: z.array(criterion).min(1).max(criteriaMax) }),
      z.strictObject({ not: criterion }),
      z.discriminatedUnion('type', criterionLeaves),
    ]),
  )
  .meta({ id: 'Criterion' });

type CriterionInput =
  | { all: CriterionInput[] }
  | { any: CriterionInput[] }
  | { not: CriterionInput }
  | z.input<(typeof criterionLeaves)[number]>;

const processStep = { ...stepFields, ...exitCodeFields };
export const commandStep = z.strictObject({
  ...processStep,
  type: z.literal('command'),
  command: z.string().min(1).max(commandCharactersMax),
});
const commandLine = z.string().min(1).max(parametersCharactersMax).optional();

export const step = z.discriminatedUnion('type', [
  commandStep,
  z.strictObject({ ...processStep, type: z.literal('installer'), file: path, parameters, commandLine }),
  z.strictObject({
    ...stepFields,
    type: z.literal('killProcess'),
    image: pattern.optional(),
    pid: z.int().min(1).max(0xffff_ffff).optional(),
    force: z.boolean().default(false),
    children: z.boolean().default(false),
  }),
  z.strictObject({
    ...processStep,
    type: z.literal('script'),
    file: path,
    parameters,
    interpreter: path.optional(),
    commandLine,
  }),
  z.strictObject({ ...stepFields, type: z.literal('condition'), criteria: criterion }),
  z.strictObject({
    ...processStep,
    type: z.literal('msiUninstaller'),
    productCode: z
      .string()
      .regex(/^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$/, 'must be a code in braces')
      .optional(),
    productName: pattern.optional(),
    publisher: pattern.optional(),
    version: z.strictObject({ operator, value: z.string().min(1).max(100) }).optional(),
  }),
  z.strictObject({
    ...stepFields,
    type: z.literal('restart'),
    delaySeconds: z.int().min(0).max(restartDelaySecondsMax).optional(),
    message: z.string().max(messageCharactersMax).optional(),
  }),
  z.strictObject({
    ...stepFields,
    type: z.literal('copyFiles'),
    from: path,
    to: path,
    overwrite: z.enum(['always', 'newer', 'never']).default('always'),
    recurse: z.boolean().default(false),
  }),
  z.strictObject({
    ...processStep,
    type: z.literal('powershell'),
    text: z.string().min(1).max(powershellCharactersMax),
  }),
  z.strictObject({ ...stepFields, type: z.literal('wait'), seconds }),
  z.strictObject({
    ...stepFields,
    type: z.literal('message'),
    text: z.string().min(1).max(messageCharactersMax),
    title: z.string().max(255).optional(),
    seconds: seconds.optional(),
  }),
]);

const { finalAction } = packageDefaults;
export const packageVariable = z.strictObject({
  name: z.string().regex(variableNamePattern, 'must be letters, digits and _, beginning with a letter'),
  default: z.string().max(variableCharactersMax).optional(),
  isSecret: z.boolean().default(false),
});

/** Values for variables by name, without regard to case; none of them secret. */
export const variableValues = z
  .record(z.string().regex(variableNamePattern), z.string().max(variableCharactersMax))
  .refine((values) => Object.keys(values).length <= variablesMax, `at most ${variablesMax} variables`);

/** A package as an operator writes it; also the file that `drover package create` reads. */
export const packageContent = z
  .strictObject({
    name: shortText,
    description: longText.default(packageDefaults.description),
    maximumDurationSeconds: seconds.default(packageDefaults.maximumDurationSeconds),
    runMode: packageRunMode.default(packageDefaults.runMode),
    sessions: z.enum(['console', 'each']).default(packageDefaults.sessions),
    elevated: z.boolean().default(packageDefaults.elevated),
    finalAction: z
      .strictObject({
        do: z.enum(['none', 'shutdown', 'restart', 'logOff']).default(finalAction.do),
        afterSeconds: z.int().min(0).max(finalActionWaitSecondsMax).default(finalAction.afterSeconds),
        message: z.string().max(messageCharactersMax).optional(),
        expiresAfterSeconds: z
          .int()
          .min(60)
          .max(finalActionWaitSecondsMax)
          .default(finalAction.expiresAfterSeconds),
      })
      .default(finalAction),
    rescan: z.boolean().default(packageDefaults.rescan),
    copyMode: z.enum(['pull', 'push']).default(packageDefaults.copyMode),
    variables: z.array(packageVariable).max(variablesMax).default([]),
    labels: z.array(z.string().trim().min(1).max(labelCharactersMax)).max(labelsMax).default([]),
    steps: z.array(step).min(1).max(stepsMax),
  })
  .meta({
    id: 'PackageContent',
    title: 'Package',
    description: 'A package of Drover: steps with branches, and options.',
  });

export type PackageContentInput = z.input<typeof packageContent>;
