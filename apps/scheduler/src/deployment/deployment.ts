/** A deployment as the ledger keeps it: one package version, frozen, for a fixed set of assets. */
import type { Deployment, DeploymentOptions, PackageVersion } from '@drover/contracts';

export type DeploymentState = Deployment['state'];

export interface NewDeployment {
  id: string;
  packageId: string;
  packageName: string;
  packageVersion: number;
  content: PackageVersion['content'];
  options: DeploymentOptions;
  createdAt: Date;
  createdBy: string;
  /** Idempotency: the same key gives the same deployment, and a key with another request is refused. */
  requestKey: string | null;
  fingerprint: string;
  targets: number;
}

/** Targets are inserted in portions of this size; assets are resolved in portions whose answer fits one NATS message. */
export const targetsPerInsert = 1000;
export const assetsPerQuestion = 2_000;
