/** What asset-inventory answers: assets and credentials. */
import { z } from 'zod';
import { question } from './declare';
import { shortText } from './texts';
import { id, instant } from './words';

export const asset = z.object({
  id,
  /** The computer's name, as DNS knows it. Unique without regard to case. */
  name: shortText,
  domain: z.string().max(255).nullable(),
  /** A fixed IPv4 address; without it the name is resolved at each use. */
  address: z.ipv4().nullable(),
  port: z.int().min(1).max(65535),
  createdAt: instant,
});

export const newAsset = z.strictObject({
  name: shortText.regex(/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?$/, 'not a computer name'),
  domain: z.string().trim().max(255).nullable().default(null),
  address: z.ipv4().nullable().default(null),
  port: z.int().min(1).max(65535).default(445),
});

/** A credential as it may be shown; there is no password in it and no way to ask for one. */
export const credential = z.object({
  id,
  name: shortText,
  username: shortText,
  domain: z.string().max(255).nullable(),
  version: z.int().min(1),
  /** `unproven` until one logon has succeeded; `suspended` after two bad-password replies in a row. */
  state: z.enum(['unproven', 'proven', 'suspended']),
  isGlobal: z.boolean(),
  createdAt: instant,
});

export const newCredential = z.strictObject({
  name: shortText,
  username: shortText,
  domain: z.string().trim().max(255).nullable().default(null),
  password: z.string().min(1).max(1024),
  /** Mapped to every asset. */
  isGlobal: z.boolean().default(true),
});

const actor = z.object({ actor: z.string().min(1) });

/** base64 of a sealed box; its plain text repeats id, version and account so that swapped rows are refused. */
const sealed = z.base64();

export const createAsset = question(
  'asset.create',
  actor.extend({ asset: newAsset }),
  asset,
  'Adds an asset; the same name again is a conflict.',
);
export const listAssets = question(
  'asset.list',
  z.object({
    search: z.string().max(255).optional(),
    limit: z.int().min(1).max(1000).default(100),
    after: z.string().optional(),
  }),
  z.object({ assets: z.array(asset), total: z.int() }),
  'Assets by name, a page at a time.',
);
export const getAsset = question('asset.get', z.object({ id }), asset, 'One asset.');
export const deleteAsset = question(
  'asset.delete',
  actor.extend({ id }),
  z.object({ deleted: z.boolean() }),
  'Forgets an asset; deployments keep naming it.',
);
export const resolveAssets = question(
  'asset.resolve',
  z.object({
    assetIds: z.array(id).max(10_000).optional(),
    names: z.array(z.string()).max(10_000).optional(),
    all: z.boolean().optional(),
  }),
  z.object({ assets: z.array(asset), unknown: z.array(z.string()) }),
  'Assets by id or name, each once; `all` is every asset.',
);

/** The gateway seals the password before it asks: the inventory never sees it. */
export const createCredential = question(
  'credential.create',
  actor.extend({ id, credential: newCredential.omit({ password: true }), sealed }),
  credential,
  'Stores a sealed credential as version 1.',
);
export const changeCredential = question(
  'credential.change',
  actor.extend({ id, version: z.int().min(2), sealed }),
  credential,
  'Stores a sealed password as the next version, which releases a suspension.',
);
export const releaseCredential = question(
  'credential.release',
  actor.extend({ id }),
  credential,
  'Releases a suspended credential by hand.',
);
export const listCredentials = question(
  'credential.list',
  z.object({}),
  z.object({ credentials: z.array(credential) }),
  'Credentials without secrets.',
);
export const credentialForAsset = question(
  'credential.for-asset',
  z.object({ assetId: id }),
  z.object({ credential: credential.nullable(), why: z.string() }),
  'Which credential manages an asset, and why (CRED-2; one global credential in this version).',
);
export const sealedCredential = question(
  'credential.sealed',
  z.object({ id, version: z.int().min(1) }),
  z.object({
    id,
    version: z.int(),
    username: z.string(),
    domain: z.string().nullable(),
    state: credential.shape.state,
    sealed,
  }),
  'The sealed text for a worker that holds the private key.',
);
/** Serialises the first logon with a version: one worker gets `prove`, the others `wait` until its report. */
export const claimCredentialUse = question(
  'credential.claim-use',
  z.object({ id, version: z.int().min(1), worker: z.string() }),
  z.object({ answer: z.enum(['use', 'prove', 'wait', 'suspended', 'superseded']) }),
  'Asks whether a credential version may be used now; `prove` grants one logon, for at most 60 s.',
);
export const reportLogon = question(
  'credential.report-logon',
  z.object({
    id,
    version: z.int().min(1),
    result: z.enum(['accepted', 'wrongPassword', 'other']),
    host: z.string(),
  }),
  z.object({ state: credential.shape.state }),
  'Says how a logon went; two wrong passwords in a row suspend the credential everywhere.',
);

export type Asset = z.output<typeof asset>;
export type CredentialSummary = z.output<typeof credential>;
