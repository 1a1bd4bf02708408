/** The two caps, changed while everything runs (DEP-5). */
import type { Asked, Settings, changeSettings as question } from '@drover/contracts';
import type { Ports } from '../ports';

/** In force until an operator changes them: gentle on the network, and on a share of installers. */
export const defaultSettings: Settings = { deploymentThreads: 20, runningMaximum: 500 };

export async function changeSettings(ports: Ports, asked: Asked<typeof question>): Promise<Settings> {
  const changed = await ports.ledger.transaction(async (tx) => {
    const before = await tx.settings();
    const { deploymentThreads = before.deploymentThreads, runningMaximum = before.runningMaximum } =
      asked.settings;
    const after = { deploymentThreads, runningMaximum };
    await tx.saveSettings(after);
    await tx.audit({
      actor: asked.actor,
      action: 'settings.change',
      subject: 'settings',
      detail: { before, after },
    });
    return after;
  });
  await ports.jobs.setThreads(changed.deploymentThreads);
  ports.wake('release');
  return changed;
}
