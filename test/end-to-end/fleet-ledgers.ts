/** What the simulated computers themselves recorded: the judges of "begun once", whatever Drover reports. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLedgerFile, type LedgerEntry } from '@drover/testing';

/** All entries of all computers below a fleet's state folder. */
export function fleetEntries(stateFolder: string): LedgerEntry[] {
  const fleet = join(stateFolder, 'fleet');
  return readdirSync(fleet, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('ledger.jsonl'))
    .flatMap((name) => (existsSync(join(fleet, name)) ? readLedgerFile(join(fleet, name)) : []));
}

/** How often each target began on its computer, by target id; an attempt is named target-attempt. */
export function beginnings(entries: LedgerEntry[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.event !== 'attemptBegun') continue;
    const targetId = entry.attempt.replace(/-\d+$/, '');
    counts.set(targetId, (counts.get(targetId) ?? 0) + 1);
  }
  return counts;
}
