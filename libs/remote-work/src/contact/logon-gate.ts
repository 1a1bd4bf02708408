/**
 * How many logons with one account may be under way at once in this process. A password that was changed elsewhere is
 * found out by the logons that are in flight at that moment, and a domain locks an account after a handful: few at first,
 * more with each success, never as many as a usual lock-out threshold, and after a wrong password those who wait turn back.
 */
const firstMax = 2;
const mostMax = 8;
const accountsMax = 1_000;

export type LogonOutcome = 'accepted' | 'wrongPassword' | 'other';

interface Account {
  allowed: number;
  inside: number;
  waiting: ((answer: 'enter' | 'turnBack') => void)[];
}

export class LogonGate {
  private readonly accounts = new Map<string, Account>();

  /**
   * Resolves when a logon with the account may be sent; `leave` must follow `enter`. `turnBack` means that another logon
   * has meanwhile shown the password to be wrong: whether to try at all has to be asked again.
   */
  async enter(account: string): Promise<'enter' | 'turnBack'> {
    const found = this.accounts.get(account) ?? this.add(account);
    if (found.inside < found.allowed) {
      found.inside++;
      return 'enter';
    }
    return new Promise((resolve) => found.waiting.push(resolve));
  }

  leave(account: string, outcome: LogonOutcome): void {
    const found = this.accounts.get(account);
    if (!found) return;
    found.inside--;
    if (outcome === 'accepted') found.allowed = Math.min(mostMax, found.allowed + 1);
    if (outcome === 'wrongPassword') {
      found.allowed = firstMax;
      for (const turnBack of found.waiting.splice(0)) turnBack('turnBack');
    }
    while (found.inside < found.allowed && found.waiting.length > 0) {
      found.inside++;
      found.waiting.shift()?.('enter');
    }
  }

  private add(account: string): Account {
    for (const [key, { inside, waiting }] of this.accounts) {
      if (this.accounts.size < accountsMax) break;
      if (inside === 0 && waiting.length === 0) this.accounts.delete(key);
    }
    const added: Account = { allowed: firstMax, inside: 0, waiting: [] };
    this.accounts.set(account, added);
    return added;
  }
}
