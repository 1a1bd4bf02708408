import fc from 'fast-check';
import type { StoredCredential } from '../ports';
import { afterLogon, decideUse, provingMs, unproven, type LogonResult } from './credential-use';

const start = new Date('2026-01-01T00:00:00Z');
const later = (ms: number): Date => new Date(start.getTime() + ms);
const fresh: StoredCredential = {
  id: '018f0000-0000-7000-8000-000000000001',
  name: 'Fleet',
  username: 'deploy',
  domain: 'EXAMPLE',
  version: 2,
  state: 'unproven',
  isGlobal: true,
  createdAt: start.toISOString(),
  sealed: 'c2VhbGVk',
  wrongPasswordsInARow: 0,
  provingUntil: null,
};

describe('decideUse', () => {
  it('lets one worker prove a version while the others wait', () => {
    const first = decideUse(fresh, 2, start);
    expect(first.answer).toBe('prove');
    expect(decideUse(first.change ?? fresh, 2, later(1)).answer).toBe('wait');
  });

  it('asks another worker when the proof does not come back in time', () => {
    const { change } = decideUse(fresh, 2, start);
    expect(decideUse(change ?? fresh, 2, later(provingMs)).answer).toBe('prove');
  });

  it('lets everybody use a proven version at once', () => {
    expect(decideUse({ ...fresh, state: 'proven' }, 2, start)).toEqual({ answer: 'use' });
  });

  it('refuses an older version and a suspended one', () => {
    expect(decideUse({ ...fresh, state: 'proven' }, 1, start).answer).toBe('superseded');
    expect(decideUse({ ...fresh, state: 'suspended' }, 2, start).answer).toBe('suspended');
  });
});

describe('afterLogon', () => {
  it('suspends after two wrong passwords in a row', () => {
    const once = afterLogon({ ...fresh, state: 'proven' }, 2, 'wrongPassword');
    expect(once.state).toBe('unproven');
    expect(afterLogon(once, 2, 'wrongPassword').state).toBe('suspended');
  });

  it('forgets a wrong password after a logon that succeeded', () => {
    const proven = afterLogon(afterLogon(fresh, 2, 'wrongPassword'), 2, 'accepted');
    expect(proven).toMatchObject({ state: 'proven', wrongPasswordsInARow: 0 });
    expect(afterLogon(proven, 2, 'wrongPassword').state).toBe('unproven');
  });

  it('hands the proof to another worker when the first could not reach its computer', () => {
    const { change } = decideUse(fresh, 2, start);
    expect(decideUse(afterLogon(change ?? fresh, 2, 'other'), 2, later(1)).answer).toBe('prove');
  });

  it('does not let a late success release a suspension', () => {
    const suspended: StoredCredential = { ...fresh, state: 'suspended' };
    expect(afterLogon(suspended, 2, 'accepted')).toBe(suspended);
    expect(decideUse(unproven(suspended), 2, start).answer).toBe('prove');
  });

  it('ignores reports about an older version', () => {
    expect(afterLogon(fresh, 1, 'wrongPassword')).toBe(fresh);
  });
});

describe('an account', () => {
  it('never sees a third bad logon, however workers ask and report one after the other', () => {
    const results = fc.array(fc.constantFrom<LogonResult>('accepted', 'wrongPassword', 'other'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(results, (reports) => {
        let credential = fresh;
        let wrongInARow = 0;
        for (const [index, result] of reports.entries()) {
          const { answer, change } = decideUse(credential, 2, later(index));
          credential = change ?? credential;
          if (answer !== 'use' && answer !== 'prove') continue;
          wrongInARow =
            result === 'wrongPassword' ? wrongInARow + 1 : result === 'accepted' ? 0 : wrongInARow;
          expect(wrongInARow).toBeLessThanOrEqual(2);
          credential = afterLogon(credential, 2, result);
        }
      }),
    );
  });
});
