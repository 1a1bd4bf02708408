import { packageContent } from '@drover/contracts';
import { refuseWhatCannotRun } from './what-cannot-run';

const step = { id: 'a', name: 'a', type: 'command', command: 'exit 0' };
const content = (more: object) => packageContent.parse({ name: 'x', steps: [step], ...more });

describe('refuseWhatCannotRun', () => {
  it.each([{}, { runMode: 'system' }, { runMode: 'select' }])('lets %j pass', (more) => {
    expect(() => refuseWhatCannotRun(content(more))).not.toThrow();
  });

  it.each([
    ['runMode', { runMode: 'loggedOnUser' }],
    ['finalAction', { finalAction: { do: 'restart' } }],
    ['rescan', { rescan: true }],
    ['steps', { steps: [{ ...step, command: '"{PackageShare}\\Installers\\x.exe"' }] }],
  ])('refuses %s instead of leaving it out', (path, more) => {
    expect(() => refuseWhatCannotRun(content(more))).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        more: expect.objectContaining({ errors: [expect.objectContaining({ path })] }),
      }),
    );
  });
});
