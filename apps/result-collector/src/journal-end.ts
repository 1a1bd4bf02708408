import type { Cause } from '@drover/contracts';
import type { JournalRecord, Status } from '@drover/domain';
import type { FactReport } from '@drover/remote-work';

type Ended = Extract<JournalRecord, { kind: 'ended' }>;

/** The fact that an ended journal means for a target in `status`. */
export function factOfEnd(ended: Ended, status: Status): Pick<FactReport, 'fact' | 'cause' | 'lastExitCode'> {
  const lastExitCode = ended.lastExitCode;
  switch (ended.end) {
    case 'stoppedSuccess':
    case 'stoppedFailure':
    case 'maximumDurationPassed':
      return { fact: ended.end, lastExitCode };
    case 'cancelled':
      // Somebody has asked the runner to stop on the computer itself when the ledger has not.
      return status === 'cancelling'
        ? { fact: 'stopped', lastExitCode, cause: stoppedCause }
        : { fact: 'interrupted', lastExitCode, cause: stoppedByHand };
  }
}

/** What the Windows Installer service does is outside the runner's process tree. */
export const stoppedCause: Cause = {
  kind: 'cancel',
  reason: 'stopped',
  message: 'the work was stopped; an installation that it had begun may still be running',
};

const stoppedByHand: Cause = {
  kind: 'cancel',
  reason: 'stoppedOnComputer',
  message: 'the runner was asked to stop on the computer itself',
};
