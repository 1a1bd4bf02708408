import { execFileSync } from 'node:child_process';

/** Samba lists sessions and users for members of BUILTIN\Administrators only, whatever else root may do. Before logon. */
export function makeRootAnAdministrator(configuration: string): void {
  const administrators = ['sid=S-1-5-32-544', 'ntgroup=Administrators', 'unixgroup=root', 'type=builtin'];
  execFileSync('/usr/bin/net', ['-s', configuration, 'groupmap', 'add', ...administrators], {
    stdio: 'pipe',
  });
}
