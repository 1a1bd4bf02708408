export { DomainError, type DomainErrorKind } from './domain-error';
export {
  activeStatuses,
  facts,
  finalStatuses,
  isFinal,
  lifecycle,
  next,
  ownerOf,
  type ActiveStatus,
  type Destination,
  type Fact,
  type FinalStatus,
  type Owner,
  type Status,
  type Transition,
} from './lifecycle/lifecycle';
export { lifecycleDocument } from './lifecycle/diagram';
export { unownedStatuses } from './lifecycle/owners';
export {
  comparisonOperators,
  criteriaDepthMax,
  criteriaMax,
  criterionTextCharactersMax,
  leavesOf,
  partsOf,
  registryViews,
  type ComparisonOperator,
  type Criterion,
  type CriterionLeaf,
  type RegistryView,
} from './package/criterion';
export {
  defaultRestartBegunCodes,
  defaultRestartNeededCodes,
  defaultSuccessCodes,
  defaultTryAgainCodes,
  exitCodesMax,
  exitMeaning,
  explicitExitCodes,
  largestExitCode,
  smallestExitCode,
  tryAgainForSecondsMax,
  type ExitCodes,
  type ExitMeaning,
} from './package/exit-codes';
export {
  defaultMaximumDurationSeconds,
  finalActionWaitSecondsMax,
  labelCharactersMax,
  labelsMax,
  maximumDurationSecondsMax,
  packageDefaults,
  runModes,
  variableCharactersMax,
  variablesMax,
  type FinalAction,
  type PackageContent,
  type PackageRunMode,
  type PackageVariable,
  type RunMode,
} from './package/package';
export {
  actionOf,
  criterionText,
  endingOf,
  installerEndings,
  resultingCommand,
  scriptEndings,
  type Action,
} from './package/resulting-command';
export {
  commandCharactersMax,
  isProcessStep,
  messageCharactersMax,
  parametersCharactersMax,
  pathCharactersMax,
  powershellCharactersMax,
  restartDelaySecondsMax,
  stepTypes,
  stepsMax,
  type Branch,
  type CommandStep,
  type ConditionStep,
  type CopyFilesStep,
  type InstallerStep,
  type KillProcessStep,
  type MessageStep,
  type MsiUninstallerStep,
  type PowershellStep,
  type ProcessStep,
  type RestartStep,
  type ScriptStep,
  type Step,
  type StepCommon,
  type StepType,
  type WaitStep,
} from './package/step';
export {
  mapTexts,
  packageShareToken,
  replaceTokens,
  textsOf,
  tokensIn,
  usesPackageShare,
  variableNamePattern,
} from './package/step-texts';
export {
  checkVariables,
  fillStep,
  mergeVariables,
  secretEnvironmentName,
  type TokenValues,
  type VariableProblems,
  type VariableValues,
} from './package/variables';
export {
  evaluateCriteria,
  fitsUninstallEntry,
  type ComputerFacts,
  type Evaluation,
  type FileFacts,
  type UninstallEntryFacts,
} from './criteria/evaluate-criteria';
export {
  foldJournal,
  noProgress,
  progressOutputBytesMax,
  runsMax,
  type JournalProgress,
  type RunProgress,
} from './plan/fold-journal';
export { type JournalEnd, type JournalPart, type JournalRecord } from './plan/journal';
export {
  decodeJournal,
  encodeJournalRecord,
  fencedJournal,
  journalBytesMax,
  journalHeader,
  journalRecordBytesMax,
  outputTailBytesMax,
} from './plan/journal-codec';
export { mayRestart } from './plan/may-restart';
export {
  attemptName,
  planFor,
  type Plan,
  type PlanBranch,
  type PlanStep,
  type CommandPlanStep,
} from './plan/plan';
export {
  reachableSteps,
  validatePackage,
  type PackageFinding,
  type PackageFindings,
} from './package/validate-package';
export { attemptNamePattern, decodePlan, encodePlan, planBytesMax } from './plan/plan-codec';
export { editAll, editSteps, freeId, type EditedSteps, type StepEdit } from './package/edit-steps';
export { compareVersions, type PackageChange } from './package/compare-versions';
export {
  exitCodeMeanings,
  knownExitCodes,
  type ExitCodeFamily,
  type KnownExitCode,
} from './package/well-known-exit-codes';
