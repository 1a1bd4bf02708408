/** docs/lifecycle.md, drawn from the table: the diagram, the rows and the meaning of each status are never out of step. */
import {
  activeStatuses,
  finalStatuses,
  lifecycle,
  type ActiveStatus,
  type Destination,
  type FinalStatus,
} from './lifecycle';

/** The whole document, as Markdown with a Mermaid state diagram. */
export function lifecycleDocument(): string {
  return [
    '# The life of a target',
    '',
    '<!-- Written by libs/domain/src/lifecycle/diagram.ts; `UPDATE_DOCS=1 npm test` draws it again. -->',
    '',
    'A target is one computer in a deployment. One table, `libs/domain/src/lifecycle/lifecycle.ts`, says which service is',
    'at work in each status, which facts it may report, and where each fact leads. The scheduler is the only writer of a',
    'status. Each transition raises the generation, and a fact of another generation is ignored.',
    '',
    '```mermaid',
    ...diagram(),
    '```',
    '',
    '## Statuses and their owners',
    '',
    '| status | owner | facts → status |',
    '|---|---|---|',
    ...activeStatuses.map(row),
    '',
    '## Ends',
    '',
    '| status | what it means |',
    '|---|---|',
    ...finalStatuses.map((status) => `| ${status} | ${meaningOf[status]} |`),
    '',
    'An outcome is visible as soon as it is known; `closing` is what remains to be done on the computer. A result that',
    'arrives after `timedOut` or `lost` is attached to the history, and the status stays.',
    '',
  ].join('\n');
}

const meaningOf: Record<FinalStatus, string> = {
  succeeded: 'The package ended with Stop (Success).',
  failed: 'The package ended with Stop (Failure), or no attempt could be started.',
  timedOut: 'The maximum duration passed; the runner has stopped the step and its process tree.',
  requirementsNotMet: 'A requirement is not met; the verdicts say which, and what to do.',
  logonRefused: 'The computer refused the credential.',
  offline: 'The computer did not answer within the period of the deployment.',
  interrupted:
    'The computer restarted, or the runner was ended, in the middle; nothing is run again by itself.',
  cancelled: 'An operator cancelled the deployment before the target had ended.',
  lost: 'The computer did not report until the deadline; what happened there is not known.',
};

function diagram(): string[] {
  const arrows = activeStatuses.flatMap((from) =>
    grouped(from).map(([to, facts]) => `  ${from} --> ${to}: ${facts.join(', ')}`),
  );
  const ends = finalStatuses.map((status) => `  ${status} --> [*]`);
  return ['stateDiagram-v2', '  [*] --> waiting', ...arrows, ...ends];
}

/** Facts with the same destination share an arrow; `closing` leads to every outcome that some arrow has fixed. */
function grouped(from: ActiveStatus): [string, string[]][] {
  const byPlace = new Map<string, string[]>();
  for (const [fact, destination] of arrowsOf(from))
    for (const place of destination === 'outcome' ? outcomes() : [placeOf(destination)])
      byPlace.set(place, [...(byPlace.get(place) ?? []), fact]);
  return [...byPlace];
}

function row(status: ActiveStatus): string {
  const facts = arrowsOf(status).map(([fact, destination]) => {
    if (destination === 'outcome') return `${fact} → the outcome`;
    if (typeof destination === 'object') return `${fact} → closing (${destination.outcome})`;
    return `${fact} → ${destination}`;
  });
  return `| ${status} | ${lifecycle[status].owner} | ${facts.join('; ')} |`;
}

const arrowsOf = (status: ActiveStatus): [string, Destination][] => Object.entries(lifecycle[status].on);

const placeOf = (destination: Exclude<Destination, 'outcome'>): string =>
  typeof destination === 'object' ? destination.to : destination;

function outcomes(): FinalStatus[] {
  const fixed = activeStatuses.flatMap((status) =>
    arrowsOf(status).flatMap(([, destination]) =>
      typeof destination === 'object' ? [destination.outcome] : [],
    ),
  );
  return finalStatuses.filter((status) => fixed.includes(status));
}
