/**
 * The rules that keep thousands of computers from locking an account: a version is proven by one logon before it is
 * used in parallel, a wrong password makes it unproven again, and two in a row suspend it until somebody acts.
 */
import type { Answer, claimCredentialUse } from '@drover/contracts';
import type { StoredCredential } from '../ports';

/** How long one worker may take to prove a version before another is asked to. */
export const provingMs = 60_000;
/** So many bad-password replies in a row suspend a credential everywhere. */
export const wrongPasswordsMax = 2;

export type UseAnswer = Answer<typeof claimCredentialUse>['answer'];
export type LogonResult = 'accepted' | 'wrongPassword' | 'other';

/** Decides about one use; `change` is what to store when the answer reserves the proof. */
export function decideUse(
  credential: StoredCredential,
  version: number,
  now: Date,
): { answer: UseAnswer; change?: StoredCredential } {
  if (version !== credential.version) return { answer: 'superseded' };
  if (credential.state === 'suspended') return { answer: 'suspended' };
  if (credential.state === 'proven') return { answer: 'use' };
  if (credential.provingUntil && credential.provingUntil > now) return { answer: 'wait' };
  const provingUntil = new Date(now.getTime() + provingMs);
  return { answer: 'prove', change: { ...credential, provingUntil } };
}

/**
 * What a logon's result makes of the credential. A suspended one stays suspended whatever late workers report, and a
 * report about another version changes nothing.
 */
export function afterLogon(
  credential: StoredCredential,
  version: number,
  result: LogonResult,
): StoredCredential {
  if (version !== credential.version || credential.state === 'suspended') return credential;
  if (result === 'accepted')
    return { ...credential, state: 'proven', wrongPasswordsInARow: 0, provingUntil: null };
  if (result === 'other') return { ...credential, provingUntil: null };
  const wrongPasswordsInARow = credential.wrongPasswordsInARow + 1;
  const state = wrongPasswordsInARow >= wrongPasswordsMax ? 'suspended' : 'unproven';
  return { ...credential, state, wrongPasswordsInARow, provingUntil: null };
}

/** After a change or a release by hand the credential has to be proven again. */
export const unproven = (credential: StoredCredential): StoredCredential => ({
  ...credential,
  state: 'unproven',
  wrongPasswordsInARow: 0,
  provingUntil: null,
});
