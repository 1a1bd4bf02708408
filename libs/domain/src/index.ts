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
export { type JournalEnd, type JournalPart, type JournalRecord } from './plan/journal';
export { attemptName, planFor, type Plan, type PlanBranch, type PlanStep } from './plan/plan';
