import type { StoredCredential } from '../ports';
import { chooseCredential } from './choose-credential';

const credential = (name: string, domain: string | null, day: number, isGlobal = true): StoredCredential => ({
  id: `018f0000-0000-7000-8000-00000000000${day}`,
  name,
  username: 'deploy',
  domain,
  version: 1,
  state: 'proven',
  isGlobal,
  createdAt: `2026-01-0${day}T00:00:00.000Z`,
  sealed: 'c2VhbGVk',
  wrongPasswordsInARow: 0,
  provingUntil: null,
});
const asset = { name: 'PC-1', domain: 'example' };

describe('chooseCredential', () => {
  it('says that there is none', () => {
    expect(chooseCredential(asset, [credential('Other', null, 1, false)])).toEqual({
      credential: undefined,
      why: 'there is no global credential',
    });
  });

  it('prefers the computer itself, then its domain, then the one created last', () => {
    const local = credential('Local', 'pc-1', 1);
    const domain = credential('Domain', 'EXAMPLE', 2);
    const old = credential('Old', null, 3);
    const last = credential('Last', null, 4);
    expect(chooseCredential(asset, [last, domain, local]).credential?.name).toBe('Local');
    expect(chooseCredential(asset, [last, domain, old]).credential?.name).toBe('Domain');
    expect(chooseCredential(asset, [old, last])).toMatchObject({
      credential: { name: 'Last' },
      why: '“Last” is the global credential created last, chosen before 1 other global credential',
    });
  });
});
