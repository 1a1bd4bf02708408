/** ports.json of a state folder: which port each server took, for the next start and for the command line. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ports = z.record(z.string(), z.int().min(1).max(65_535));

/** A file that a crash left broken only costs the old port numbers. */
export function keptPorts(stateFolder: string): Record<string, number> {
  const file = fileOf(stateFolder);
  if (!existsSync(file)) return {};
  try {
    return ports.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

/** Adds to what is kept; readers never see a half-written file. */
export function keepPorts(stateFolder: string, added: Record<string, number>): void {
  const file = fileOf(stateFolder);
  const text = `${JSON.stringify({ ...keptPorts(stateFolder), ...added }, null, 2)}\n`;
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

const fileOf = (stateFolder: string): string => join(stateFolder, 'ports.json');
