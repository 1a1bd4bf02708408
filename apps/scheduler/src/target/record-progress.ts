/**
 * Stores what the runner wrote, outside the lifecycle: each journal record of an attempt exactly once and in
 * order, whatever the bus does. A record that comes before its predecessor is kept aside until that arrives; the
 * collector sends again from the assignment's journalSequence, so a record that the bus has lost comes again.
 */
import { targetStepChanged } from '@drover/contracts';
import type { LedgerTransaction, LockedTarget, Ports } from '../ports';
import { applyRecord, type ProgressRecord } from './apply-record';
import type { TargetState } from './target';

/** How far ahead of its predecessor a record is kept; one that is further ahead is sent again by the collector. */
const earlyRecordsMax = 10_000;

/** @returns how many records became part of the ledger: 0 for a repeated, stale or early one. */
export async function recordProgress(ports: Ports, progress: ProgressRecord): Promise<number> {
  return ports.ledger.transaction(async (tx) => {
    const locked = await tx.lockTarget(progress.targetId);
    if (locked === undefined || locked.target.attempt !== progress.attempt) return 0;
    const stored = locked.target.journalSequence;
    if (progress.sequence <= stored) return 0;
    if (progress.sequence > stored + 1) {
      if (progress.sequence <= stored + earlyRecordsMax)
        await tx.keepEarly(progress.targetId, progress.attempt, progress);
      return 0;
    }
    return applyFrom(tx, locked, progress);
  });
}

/** Applies a record and the early ones that follow it without a gap. */
async function applyFrom(
  tx: LedgerTransaction,
  { target }: LockedTarget,
  first: ProgressRecord,
): Promise<number> {
  let applied = 0;
  for (let record: ProgressRecord | undefined = first; record !== undefined;) {
    target = await applyOne(tx, target, record);
    applied += 1;
    // Asked in a statement of its own: one that has waited for the row's lock still sees other tables as they were before.
    record = await tx.takeEarly(target.id, target.attempt, record.sequence + 1);
  }
  await tx.saveTarget(target);
  return applied;
}

async function applyOne(
  tx: LedgerTransaction,
  target: TargetState,
  progress: ProgressRecord,
): Promise<TargetState> {
  const { record, sequence: journalSequence } = progress;
  if (record.kind === 'begun') return { ...target, journalSequence };
  if (record.kind === 'ended') return { ...target, journalSequence, lastExitCode: record.lastExitCode };
  const before = await tx.runOf(target.id, target.attempt, record.run);
  const name =
    before?.stepName ?? ('step' in record ? await tx.stepName(target.deploymentId, record.step) : '');
  const at = new Date(progress.at);
  const applied = applyRecord(before, record, at, name);
  if (applied === undefined) return { ...target, journalSequence };
  const { state, appended } = applied;
  await tx.saveRun(target.id, target.attempt, state);
  if (record.kind === 'stepStarted' || record.kind === 'stepEnded' || appended !== '')
    tx.publish({
      message: targetStepChanged,
      key: target.id,
      suffix: target.deploymentId,
      id: `${target.id}-${target.attempt}-${journalSequence}-step`,
      payload: {
        deploymentId: target.deploymentId,
        targetId: target.id,
        assetName: target.assetName,
        attempt: target.attempt,
        run: state.run,
        step: state.step,
        stepName: state.stepName,
        state: state.state,
        exitCode: state.exitCode,
        ...(appended !== '' && { output: appended }),
        at: at.toISOString(),
      },
    });
  return {
    ...target,
    journalSequence,
    lastExitCode: record.kind === 'stepEnded' ? record.exitCode : target.lastExitCode,
    currentStep:
      record.kind === 'stepStarted' && target.endedAt === null && target.status !== 'closing'
        ? { run: state.run, step: state.step, name: state.stepName }
        : target.currentStep,
  };
}
