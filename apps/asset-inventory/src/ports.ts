/** What the use cases of this service need from the outside; `database.adapter.ts` provides it, fakes replace it. */
import type { Asset, CredentialSummary } from '@drover/contracts';

export interface AssetPage {
  search?: string | undefined;
  limit: number;
  /** The name of the last asset of the page before. */
  after?: string | undefined;
}

export interface Assets {
  /** False when the name is taken, without regard to case. */
  insert(asset: Asset): Promise<boolean>;
  page(page: AssetPage): Promise<{ assets: Asset[]; total: number }>;
  byId(id: string): Promise<Asset | undefined>;
  byIds(ids: readonly string[]): Promise<Asset[]>;
  byNames(names: readonly string[]): Promise<Asset[]>;
  /** At most `limit` assets by name. */
  first(limit: number): Promise<Asset[]>;
  remove(id: string): Promise<boolean>;
}

/** A credential with what only the rules about its use need to see. */
export interface StoredCredential extends CredentialSummary {
  /** base64 of the sealed box; this service cannot open it. */
  sealed: string;
  wrongPasswordsInARow: number;
  /** While this is in the future one worker is proving the version by a logon. */
  provingUntil: Date | null;
}

export interface Credentials {
  /** False when the name is taken, without regard to case. */
  insert(credential: StoredCredential): Promise<boolean>;
  all(): Promise<StoredCredential[]>;
  byId(id: string): Promise<StoredCredential | undefined>;
  /** Reads and keeps others from changing it until the transaction ends. */
  lock(id: string): Promise<StoredCredential | undefined>;
  update(credential: StoredCredential): Promise<void>;
}

export interface AuditEntry {
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

/** Everything that one transaction may touch: all of it is kept, or none. */
export interface InventoryTransaction {
  assets: Assets;
  credentials: Credentials;
  audit(entry: AuditEntry): Promise<void>;
}

export interface InventoryPorts {
  transaction<T>(work: (inventory: InventoryTransaction) => Promise<T>): Promise<T>;
  now(): Date;
  newId(): string;
}
