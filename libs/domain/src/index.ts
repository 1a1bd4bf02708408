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
  commandCharactersMax,
  defaultMaximumDurationSeconds,
  defaultSuccessCodes,
  maximumDurationSecondsMax,
  stepsMax,
  type Branch,
  type CommandStep,
  type PackageContent,
  type RunMode,
  type Step,
} from './package/package';
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
export { attemptName, planFor, type Plan, type PlanBranch, type PlanStep } from './plan/plan';
export {
  reachableSteps,
  validatePackage,
  type PackageFinding,
  type PackageFindings,
} from './package/validate-package';
export { attemptNamePattern, decodePlan, encodePlan, planBytesMax } from './plan/plan-codec';
