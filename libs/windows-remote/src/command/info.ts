/** `windows-remote info`: what the computer is and who uses it. */
import type { WindowsHost } from '../host/windows-host';
import { RemoteError } from '../status/remote-error';
import { table } from './terminal';
import type { Verb } from './verb';
import { answer } from './verb';

export const info: Verb = {
  usage: '',
  summary: 'show what the computer is, how it is spoken to, and who uses it',
  argumentsMin: 0,
  argumentsMax: 0,
  async run(host, _args, terminal, options) {
    const { dialect, cipher, signing } = host.info;
    const [identity, time, shares, users] = await Promise.all([
      host.system.identity(),
      host.system.timeOfDay(),
      host.system.shares(),
      usersIfAllowed(host),
    ]);
    const protection = cipher ?? `signed with ${signing}`;
    const facts = { identity, time, shares, users, dialect, protection };
    const rows = [
      ['computer', identity.computerName],
      ['domain', identity.domainOrWorkgroup],
      ['Windows', [identity.version, identity.comment].filter((text) => text !== '').join('  ')],
      ['time', `${time.at.toISOString()} (UTC${offset(time.utcOffsetMinutes)})`],
      ['SMB', `0x${dialect.toString(16).padStart(4, '0')}, ${protection}`],
      ['shares', shares.map(({ name }) => name).join(' ')],
      [
        'logged on',
        users?.map(({ domain, username }) => `${domain}\\${username}`).join(' ') ?? 'not for this account',
      ],
    ];
    answer(terminal, options, facts, table(rows));
  },
};

/** An account that is no administrator sees the rest. */
async function usersIfAllowed(host: WindowsHost) {
  try {
    return await host.sessions.users();
  } catch (error) {
    if (error instanceof RemoteError && error.reason === 'accessDenied') return undefined;
    throw error;
  }
}

function offset(minutes: number | undefined): string {
  if (minutes === undefined) return ', its zone unknown';
  const sign = minutes < 0 ? '-' : '+';
  const part = (value: number): string => String(value).padStart(2, '0');
  return `${sign}${part(Math.floor(Math.abs(minutes) / 60))}:${part(Math.abs(minutes) % 60)}`;
}
