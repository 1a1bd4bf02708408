import { RemoteError } from '@drover/windows-remote';
import { failureOf, verdictOf } from './failures';

describe('failureOf', () => {
  it.each([
    ['unreachable', 'timeout', 'offline'],
    ['unreachable', 'noRoute', 'offline'],
    ['unreachable', 'connectionRefused', 'notMet'],
    ['unreachable', 'nameNotResolved', 'notMet'],
    ['busy', 'tooManySessions', 'offline'],
    ['denied', 'wrongPassword', 'logonRefused'],
    ['denied', 'accountLocked', 'logonRefused'],
    ['denied', 'clockSkew', 'logonRefused'],
    ['denied', 'accessDenied', 'notMet'],
    ['refused', 'serviceDisabled', 'notMet'],
    ['protocol', 'signature', 'notMet'],
  ] as const)('%s/%s means %s, with words and a remedy', (kind, reason, fact) => {
    const failure = failureOf(new RemoteError(kind, reason, 'could not open C$', { code: 5, codeName: 'X' }));
    expect(failure).toMatchObject({ fact, cause: { kind, reason, code: 5, codeName: 'X' } });
    expect(failure?.cause.message).toContain('could not open C$');
    expect(failure?.cause.remedy).toBeTruthy();
    expect(failure && verdictOf(failure)).toMatchObject({ result: 'fail', remedy: failure?.cause.remedy });
  });

  it('tells the firewall rules to whoever meets a filtered port', () => {
    const failure = failureOf(new RemoteError('unreachable', 'timeout', 'could not connect'));
    expect(failure?.cause.remedy).toContain('File and Printer Sharing');
    expect(failure?.cause.remedy).toContain('Remote Scheduled Tasks Management');
  });

  it('is silent about an interrupted job and about errors of our own', () => {
    expect(failureOf(new RemoteError('unreachable', 'aborted', 'stopped'))).toBeUndefined();
    expect(failureOf(new TypeError('a bug'))).toBeUndefined();
  });
});
