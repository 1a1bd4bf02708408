/** The table `setting`: one row per cap that an operator has changed. */
import type { Settings } from '@drover/contracts';
import type { EntityManager } from 'typeorm';
import { query } from '../sql.adapter';
import { defaultSettings } from './change-settings';

export async function readSettings(manager: EntityManager): Promise<Settings> {
  const rows = await query<{ name: string; value: number }>(manager, 'SELECT name, value FROM setting');
  const set = new Map(rows.map((row) => [row.name, row.value]));
  return {
    deploymentThreads: set.get('deploymentThreads') ?? defaultSettings.deploymentThreads,
    runningMaximum: set.get('runningMaximum') ?? defaultSettings.runningMaximum,
  };
}

export async function writeSettings(manager: EntityManager, settings: Settings): Promise<void> {
  await manager.query(
    `INSERT INTO setting (name, value) VALUES ('deploymentThreads', $1), ('runningMaximum', $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [settings.deploymentThreads, settings.runningMaximum],
  );
}
