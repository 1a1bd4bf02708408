/**
 * The lifecycle of a target, as one table: for every status the service at work, the facts that may be
 * reported, and where each fact leads. `next` is the only reader of the arrows; the ledger, the badges, the
 * diagram in docs/lifecycle.md and the start-up check all come from here.
 *
 * `closing` is the one surprise: it leads to `outcome`, the final status that was decided when the target
 * entered it, because what happened on the computer is known before what remains to be done is finished.
 */

/** The services that can own a status. The scheduler is the ledger. */
export type Owner = 'scheduler' | 'requirements-checker' | 'dispatcher' | 'result-collector';

export type FinalStatus =
  | 'succeeded'
  | 'failed'
  | 'timedOut'
  | 'requirementsNotMet'
  | 'logonRefused'
  | 'offline'
  | 'interrupted'
  | 'cancelled'
  | 'lost';

export type ActiveStatus =
  | 'waiting'
  | 'waking'
  | 'checking'
  | 'sleeping'
  | 'ready'
  | 'starting'
  | 'running'
  | 'cancelling'
  | 'closing';

export type Status = ActiveStatus | FinalStatus;

/** Where an arrow leads: a status, with the outcome it fixes when that status is `closing`; or the outcome itself. */
export type Destination = Status | { to: 'closing'; outcome: FinalStatus } | 'outcome';

interface Row {
  owner: Owner;
  /** Whether an attempt on the computer may exist while a target is here. */
  touchesComputer: boolean;
  on: Readonly<Record<string, Destination>>;
}

const closing = (outcome: FinalStatus): Destination => ({ to: 'closing', outcome });

export const lifecycle = {
  waiting: {
    owner: 'scheduler',
    touchesComputer: false,
    on: { wakeDue: 'waking', due: 'checking', cancelRequested: 'cancelled' },
  },
  waking: {
    owner: 'scheduler',
    touchesComputer: false,
    on: { answered: 'checking', bootTimePassed: 'checking', cancelRequested: 'cancelled' },
  },
  checking: {
    owner: 'requirements-checker',
    touchesComputer: false,
    on: {
      passed: 'ready',
      notMet: 'requirementsNotMet',
      offline: 'sleeping',
      logonRefused: 'logonRefused',
      cancelRequested: 'cancelled',
    },
  },
  sleeping: {
    owner: 'scheduler',
    touchesComputer: false,
    on: { signOfLife: 'checking', probeDue: 'checking', periodOver: 'offline', cancelRequested: 'cancelled' },
  },
  ready: {
    owner: 'dispatcher',
    touchesComputer: false,
    on: {
      granted: 'starting',
      offline: 'sleeping',
      notMet: 'requirementsNotMet',
      logonRefused: 'logonRefused',
      gaveUp: closing('failed'),
      cancelRequested: closing('cancelled'),
    },
  },
  starting: {
    owner: 'dispatcher',
    touchesComputer: true,
    on: { started: 'running', adopted: 'running', notStarted: 'ready', unknown: 'running' },
  },
  running: {
    owner: 'result-collector',
    touchesComputer: true,
    on: {
      stoppedSuccess: closing('succeeded'),
      stoppedFailure: closing('failed'),
      maximumDurationPassed: closing('timedOut'),
      interrupted: closing('interrupted'),
      neverStarted: 'ready',
      deadlinePassed: 'lost',
      cancelRequested: 'cancelling',
    },
  },
  cancelling: {
    owner: 'result-collector',
    touchesComputer: true,
    on: {
      stopped: closing('cancelled'),
      stoppedSuccess: closing('succeeded'),
      stoppedFailure: closing('failed'),
      maximumDurationPassed: closing('timedOut'),
      interrupted: closing('interrupted'),
      neverStarted: closing('cancelled'),
      deadlinePassed: 'lost',
    },
  },
  closing: {
    owner: 'result-collector',
    touchesComputer: true,
    on: { nothingLeft: 'outcome', closeDeadlinePassed: 'outcome' },
  },
} as const satisfies Record<ActiveStatus, Row>;

export const finalStatuses: readonly FinalStatus[] = [
  'succeeded',
  'failed',
  'timedOut',
  'requirementsNotMet',
  'logonRefused',
  'offline',
  'interrupted',
  'cancelled',
  'lost',
];

export const activeStatuses = Object.keys(lifecycle) as ActiveStatus[];

/** Every fact that some status accepts. */
export type Fact = { [S in ActiveStatus]: keyof (typeof lifecycle)[S]['on'] }[ActiveStatus];

export const facts = [...new Set(activeStatuses.flatMap((s) => Object.keys(lifecycle[s].on)))] as Fact[];

export const isFinal = (status: Status): status is FinalStatus => !(status in lifecycle);

/** The service at work in `status`; none when it is final. */
export const ownerOf = (status: Status): Owner | undefined =>
  isFinal(status) ? undefined : lifecycle[status].owner;

export interface Transition {
  status: Status;
  /** The final status decided now, visible before the target has reached it. */
  outcome: FinalStatus | undefined;
}

/**
 * Where `fact` leads from `status`, or undefined for an arrow that is not drawn: a late or repeated fact,
 * which the caller acknowledges, counts and ignores.
 * @param outcome the outcome already decided, needed to leave `closing`.
 */
export function next(status: Status, fact: Fact, outcome?: FinalStatus): Transition | undefined {
  if (isFinal(status)) return undefined;
  const destination = (lifecycle[status] as Row).on[fact];
  if (destination === undefined) return undefined;
  if (destination === 'outcome') return outcome && { status: outcome, outcome };
  if (typeof destination === 'object') return { status: 'closing', outcome: destination.outcome };
  return { status: destination, outcome: isFinal(destination) ? destination : undefined };
}
