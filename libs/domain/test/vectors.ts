/**
 * The plans and journals that TypeScript, the runner in C (`make check`) and the simulated host agree on. They are
 * described here and written to `vectors/` by `UPDATE_VECTORS=1 npx jest --selectProjects unit -- vectors`; the journals are
 * what the runner writes when it carries out the plan of the same name as apps/runner/src/main_test.c plays it.
 */
import { readFields } from '../src/plan/plan-fields';
import { encodeStep } from '../src/plan/plan-step-codec';
import { damagedPlans, unusualPlans } from './hand-made-plans';
import { criteriaFiles } from './criteria-vectors';
import type { JournalRecord } from '../src/plan/journal';
import { encodeJournalRecord, fencedJournal, journalHeader } from '../src/plan/journal-codec';
import type { CommandPlanStep, Plan, PlanBranch, PlanStep } from '../src/plan/plan';
import { decodePlan, encodePlan } from '../src/plan/plan-codec';
import { filetimeOf } from '../src/plan/filetime';

const start = Date.UTC(2026, 10, 21, 5);
const after = (ms: number): Date => new Date(start + ms);
const name = '6f9619ff-8b86-4011-b42d-00c04fc964ff-1';
const step = (command: string, more: Partial<CommandPlanStep> = {}): PlanStep => ({
  name: 'Step',
  type: 'command',
  command,
  successCodes: [0, 1641, 3010],
  onSuccess: 'stopSuccess',
  onFailure: 'stopFailure',
  ...more,
});
const plan = (steps: PlanStep[], maximumDurationSeconds = 900): Plan => ({
  attemptName: name,
  maximumDurationSeconds,
  retainUntil: after(30 * 24 * 3600 * 1000),
  steps,
});

const plans: Record<string, Plan> = {
  branches: plan([
    step('exit 7', { name: 'Größe prüfen', successCodes: [0], onSuccess: 'stopFailure', onFailure: 2 }),
    step('echo never'),
    step('exit -1', { successCodes: [-1] }),
  ]),
  cancelled: plan([step('ping -n 60 127.0.0.1')]),
  'maximum-duration': plan([step('echo "Привет" & ping -n 60 127.0.0.1\r\nver')], 1),
  'not-started': plan([step('echo 100%')]),
  'no-success-codes': plan([step('', { name: '', successCodes: [], onFailure: 0 })], 30 * 24 * 3600),
};

const codes = {
  successCodes: [0],
  restartNeededCodes: [3010],
  restartBegunCodes: [1641],
  tryAgainCodes: [1618],
};
const to = (onSuccess: PlanBranch, onFailure: PlanBranch = 'stopFailure') => ({
  name: 'Step',
  onSuccess,
  onFailure,
});

/** Every type of step, with everything that it can hold at least once. */
plans['every-type'] = plan([
  { type: 'command', command: 'ver', ...codes, anyCode: true, timeoutSeconds: 60, ...to(1) },
  { type: 'process', commandLine: 'msiexec.exe /i "%TEMP%\\x.msi" /qn', ...codes, anyCode: false, ...to(2) },
  { type: 'killProcess', image: 'fire*.exe', force: true, children: false, ...to(3) },
  { type: 'killProcess', pid: 4711, force: false, children: true, ...to(4) },
  {
    type: 'condition',
    criteria: {
      all: [
        { type: 'file', path: 'C:\\Größe.txt', test: 'exists' },
        { not: { type: 'registryKey', key: 'HKLM\\SOFTWARE\\X', view: '32', test: 'exists' } },
      ],
    },
    ...to(5, 6),
  },
  { type: 'msiUninstall', productCode: '{90160000-008C-0000-1000-0000000FF1CE}', ...codes, ...to(6) },
  {
    type: 'msiUninstall',
    productName: '7-Zip*',
    publisher: 'Igor*',
    version: { operator: '<', value: '23.01' },
    successCodes: [0, 1605],
    ...to(7),
  },
  { type: 'restart', delaySeconds: 30, message: 'Neustart für Updates', ...to(8) },
  { type: 'copyFiles', from: 'C:\\a\\*.txt', to: '%TEMP%\\b', overwrite: 'newer', recurse: true, ...to(9) },
  { type: 'copyFiles', from: 'C:\\a', to: 'C:\\b', overwrite: 'never', recurse: false, ...to(10) },
  { type: 'wait', seconds: 5, timeoutSeconds: 3, ...to(11, 11) },
  { type: 'message', text: 'Done', title: 'Drover', seconds: 60, ...to('stopSuccess') },
]);

plans['exit-meanings'] = plan([
  step('again', { tryAgainCodes: [1618], timeoutSeconds: 5, onSuccess: 1 }),
  step('slow', { timeoutSeconds: 5, onFailure: 2 }),
  step('exit 1641', { onSuccess: 3 }),
  { type: 'restart', delaySeconds: 5, message: '', ...to('stopSuccess') },
]);
plans['own-steps'] = plan([
  { type: 'condition', criteria: { not: { type: 'service', name: 'none', test: 'exists' } }, ...to(1) },
  { type: 'killProcess', image: 'FIRE*.exe', force: true, children: true, ...to(2) },
  { type: 'killProcess', pid: 99, force: true, children: false, ...to('stopFailure', 3) },
  { type: 'msiUninstall', productName: 'None*', successCodes: [0], ...to('stopFailure', 4) },
  {
    type: 'copyFiles',
    from: 'C:\\none',
    to: 'C:\\b',
    overwrite: 'always',
    recurse: false,
    ...to('stopFailure', 5),
  },
  { type: 'message', text: 'x', title: '', seconds: 0, ...to(6) },
  { type: 'wait', seconds: 7, timeoutSeconds: 3, ...to('stopFailure', 7) },
  { type: 'wait', seconds: 2, ...to('stopSuccess') },
]);

const branches = encodePlan(plans['branches'] as Plan);

type Body = JournalRecord extends infer R
  ? R extends JournalRecord
    ? Omit<R, 'sequence' | 'at'>
    : never
  : never;
const journal = (...entries: [ms: number, body: Body][]): JournalRecord[] =>
  entries.map(([ms, body], sequence) => ({ ...body, sequence, at: after(ms) }) as JournalRecord);
const begun: [number, Body] = [0, { kind: 'begun', runnerVersion: '0.2.0', bootedAt: after(-600_000) }];
const ended = (
  run: number,
  at: number,
  exitCode: number,
  succeeded: boolean,
): Extract<Body, { kind: 'stepEnded' }> => ({
  kind: 'stepEnded',
  run,
  step: at,
  exitCode,
  succeeded,
  ended: 'exited',
  win32Error: 0,
});

const stopped = (run: number, at: number): Body => ({
  kind: 'stepEnded',
  run,
  step: at,
  exitCode: 1460,
  succeeded: false,
  ended: 'stopped',
  win32Error: 1460,
});
const output = (run: number, text: string): Body => ({ kind: 'output', run, data: Buffer.from(text) });
const restart = (
  run: number,
  at: number,
  elapsedMs: number,
  restarts: number,
  cause: 'asked' | 'begunByStep',
): Body => ({
  kind: 'restart',
  run,
  step: at,
  bootId: Buffer.alloc(16, 0xb0),
  elapsedMs,
  restarts,
  cause,
});

const journals: Record<string, JournalRecord[]> = {
  branches: journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [20, { kind: 'output', run: 0, data: Buffer.from('Größe\r\n') }],
    [20, ended(0, 0, 7, false)],
    [20, { kind: 'stepStarted', run: 1, step: 2 }],
    [40, ended(1, 2, 0xffffffff, true)],
    [40, { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 0xffffffff }],
  ),
  cancelled: journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [260, { kind: 'output', run: 0, data: Buffer.from('working\r\n') }],
    [
      400,
      {
        kind: 'stepEnded',
        run: 0,
        step: 0,
        exitCode: 1223,
        succeeded: false,
        ended: 'stopped',
        win32Error: 1223,
      },
    ],
    [400, { kind: 'ended', end: 'cancelled', lastExitCode: 1223 }],
  ),
  'maximum-duration': journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [
      1000,
      {
        kind: 'stepEnded',
        run: 0,
        step: 0,
        exitCode: 1460,
        succeeded: false,
        ended: 'stopped',
        win32Error: 1460,
      },
    ],
    [1000, { kind: 'ended', end: 'maximumDurationPassed', lastExitCode: 1460 }],
  ),
  'not-started': journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [
      0,
      {
        kind: 'stepEnded',
        run: 0,
        step: 0,
        exitCode: 5,
        succeeded: false,
        ended: 'notStarted',
        win32Error: 5,
      },
    ],
    [0, { kind: 'ended', end: 'stoppedFailure', lastExitCode: 5 }],
  ),
  'exit-meanings': journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [100, { ...ended(0, 0, 1618, false), meaning: 'tryAgain' }],
    // Five seconds, and two in which the Windows Installer was busy.
    [7100, { kind: 'stepStarted', run: 1, step: 0 }],
    [7200, ended(1, 0, 0, true)],
    [7200, { kind: 'stepStarted', run: 2, step: 1 }],
    [12_200, stopped(2, 1)],
    [12_200, { kind: 'stepStarted', run: 3, step: 2 }],
    [12_300, { ...ended(3, 2, 1641, true), meaning: 'restartBegun' }],
    [12_300, restart(3, 2, 12_300, 1, 'begunByStep')],
    // It does not come in ten minutes.
    [612_300, { kind: 'stepStarted', run: 4, step: 3 }],
    [612_300, restart(4, 3, 612_300, 1, 'asked')],
  ),
  'exit-meanings-resumed': journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 3 }],
    [0, restart(0, 3, 0, 1, 'asked')],
    [60_000, { kind: 'resumed', runnerVersion: '0.2.0', bootedAt: after(-600_000) }],
    [60_000, ended(0, 3, 0, true)],
    [60_000, { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 0 }],
  ),
  'own-steps': journal(
    begun,
    [0, { kind: 'stepStarted', run: 0, step: 0 }],
    [0, output(0, 'no   service none exists: not there\r\n')],
    [0, ended(0, 0, 0, true)],
    [0, { kind: 'stepStarted', run: 1, step: 1 }],
    [0, output(1, 'firefox.exe (10) ended\r\nplugin.exe (11) ended\r\n')],
    [0, ended(1, 1, 0, true)],
    [0, { kind: 'stepStarted', run: 2, step: 2 }],
    [0, output(2, 'no such process\r\n')],
    [0, ended(2, 2, 128, false)],
    [0, { kind: 'stepStarted', run: 3, step: 3 }],
    [0, ended(3, 3, 1605, false)],
    [0, { kind: 'stepStarted', run: 4, step: 4 }],
    [0, output(4, '3 files copied, 0 left as they were, 0 failed\r\n')],
    [0, ended(4, 4, 2, false)],
    [0, { kind: 'stepStarted', run: 5, step: 5 }],
    [0, output(5, 'shown to 2 users\r\n')],
    [0, ended(5, 5, 0, true)],
    [0, { kind: 'stepStarted', run: 6, step: 6 }],
    [3000, stopped(6, 6)],
    [3000, { kind: 'stepStarted', run: 7, step: 7 }],
    [5000, ended(7, 7, 0, true)],
    [5000, { kind: 'ended', end: 'stoppedSuccess', lastExitCode: 0 }],
  ),
  'damaged-checksum': journal(begun, [0, { kind: 'ended', end: 'stoppedFailure', lastExitCode: 13 }]),
};

const hex = (bytes: Buffer): string => `${(bytes.toString('hex').match(/.{1,64}/g) ?? []).join('\n')}\n`;

/** What both readers say about a plan, as text: every field that the runner uses. */
function describePlan(bytes: Buffer): string {
  let read: Plan;
  try {
    read = decodePlan(bytes);
  } catch {
    return 'damaged\n'; // Which kind of damage is for people; both readers agree on refusing it.
  }
  const lines = [
    `attempt ${read.attemptName}`,
    `seconds ${read.maximumDurationSeconds}`,
    `retain ${filetimeOf(read.retainUntil)}`,
    ...read.steps.map(describeStep),
  ];
  return `${lines.join('\n')}\n`;
}

/** In the order of their tags: what the fields of a step hold, numbers as numbers. */
function describeStep(step: PlanStep): string {
  const fields = readFields({ offset: 0, value: encodeStep(step) }).sort((a, b) => a.tag - b.tag);
  const said = fields.flatMap(({ tag, value }) => {
    if (tag & 0x8000) return [];
    const name = fieldNames[tag] ?? '';
    if (tag === 1) return [`${name} ${value.readUInt16LE(0)}`];
    if (numberTags.includes(tag)) return [`${name} ${value.readUInt32LE(0)}`];
    if (codeTags.includes(tag))
      return [
        `${name} ${Array.from({ length: value.length / 4 }, (_, i) => value.readUInt32LE(i * 4)).join(',')}`,
      ];
    return [`${name} ${value.toString('hex')}`];
  });
  return `step ${said.join(' ')}`;
}

const fieldNames = [
  '',
  'type',
  'command',
  'codes',
  'success',
  'failure',
  'timeout',
  'needed',
  'begun',
  'again',
  'flags',
  'number',
  'text',
  'second',
  'product',
  'version',
  'criteria',
];
const numberTags = [4, 5, 6, 10, 11];
const codeTags = [3, 7, 8, 9];

const describeJournal = (records: JournalRecord[]): string =>
  `${JSON.stringify(
    records.map((r) =>
      'data' in r
        ? { ...r, data: r.data.toString('utf8') }
        : 'bootId' in r
          ? { ...r, bootId: r.bootId.toString('hex') }
          : r,
    ),
    undefined,
    2,
  )}\n`;

/** Every file of `vectors/`: its path there and what it must hold. */
export function vectorFiles(): Map<string, string> {
  const files = criteriaFiles();
  const addPlan = (key: string, bytes: Buffer): void => {
    files.set(`plans/${key}.hex`, hex(bytes));
    files.set(`plans/${key}.txt`, describePlan(bytes));
  };
  for (const [key, value] of Object.entries(plans)) addPlan(key, encodePlan(value));
  for (const [key, bytes] of Object.entries({ ...damagedPlans(branches), ...unusualPlans(branches) }))
    addPlan(key, bytes);
  for (const [key, records] of Object.entries(journals)) {
    files.set(
      `journals/${key}.hex`,
      hex(Buffer.concat([journalHeader, ...records.map(encodeJournalRecord)])),
    );
    files.set(`journals/${key}.json`, describeJournal(records));
  }
  files.set('journals/fenced.hex', hex(fencedJournal(after(0))));
  files.set('journals/fenced.json', describeJournal([{ kind: 'fenced', sequence: 0, at: after(0) }]));
  return files;
}
