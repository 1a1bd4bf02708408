/**
 * The independent parties that the end-to-end suites talk to, as Debian packages, and whether they are here.
 * `npm test` installs what is missing where it may (root, apt); where it may not, the suites that need a peer are
 * skipped by name with the reason printed here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface Peer {
  name: string;
  packages: string[];
  /** Files that exist when the peer is installed. */
  files: string[];
  for: string;
}

export const peers: readonly Peer[] = [
  {
    name: 'Samba',
    packages: ['samba', 'samba-common-bin', 'smbclient', 'python3-samba'],
    files: ['/usr/sbin/smbd', '/usr/bin/smbclient', '/usr/bin/smbpasswd'],
    for: 'our client against real SMB, smbclient against the simulated host',
  },
  {
    name: 'impacket',
    packages: ['python3-impacket'],
    files: ['/usr/lib/python3/dist-packages/impacket/__init__.py'],
    for: 'an independent client against the simulated host, and the benchmark',
  },
  {
    name: 'tshark',
    packages: ['tshark', 'tcpdump'],
    files: ['/usr/bin/tshark', '/usr/bin/dumpcap'],
    for: 'a captured dispatch',
  },
  {
    name: 'Wine',
    packages: ['wine', 'wine64'],
    files: ['/usr/bin/wine'],
    for: 'the runner on something that runs Windows programs',
  },
  {
    name: 'wixl',
    packages: ['wixl', 'msitools'],
    files: ['/usr/bin/wixl'],
    for: 'Windows Installer packages to install and remove under Wine',
  },
  {
    name: 'mingw-w64',
    packages: ['gcc-mingw-w64-x86-64', 'gcc', 'make', 'libc6-dev'],
    files: ['/usr/bin/x86_64-w64-mingw32-gcc', '/usr/bin/make', '/usr/bin/gcc'],
    for: 'the byte-for-byte rebuild of the runner, and its tests on Linux',
  },
];

const isHere = (peer: Peer): boolean => peer.files.every((file) => existsSync(file));

export interface Missing {
  peer: Peer;
  reason: string;
}

/** Installs the peers that are missing, and tells which could not be. @param say is told about the progress. */
export function installPeers(say: (line: string) => void): Missing[] {
  const missing = peers.filter((peer) => !isHere(peer));
  if (missing.length === 0) return [];
  const blocked = whyNoInstall();
  if (blocked) return missing.map((peer) => ({ peer, reason: blocked }));
  const packages = [...new Set(missing.flatMap((peer) => peer.packages))];
  say(`installing ${missing.map((p) => p.name).join(', ')} (${packages.length} Debian packages)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const result = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    encoding: 'utf8',
  });
  if (result.status !== 0)
    say(`apt-get install failed: ${result.stderr.trim().split('\n').slice(-3).join(' | ')}`);
  return missing
    .filter((peer) => !isHere(peer))
    .map((peer) => ({ peer, reason: 'its Debian packages did not install' }));
}

function whyNoInstall(): string | undefined {
  if (!existsSync('/usr/bin/apt-get')) return 'this system has no apt-get';
  if (process.getuid?.() !== 0) return 'only root may install Debian packages';
  return undefined;
}
