/** Schemas of the words that several messages share. */
import {
  activeStatuses,
  facts,
  finalStatuses,
  type ActiveStatus,
  type Fact,
  type FinalStatus,
} from '@drover/domain';
import { z } from 'zod';

export const id = z.uuid();
export const instant = z.iso.datetime();
export const fact = z.enum(facts as [Fact, ...Fact[]]);
export const finalStatus = z.enum(finalStatuses as [FinalStatus, ...FinalStatus[]]);
export const status = z.enum([...activeStatuses, ...finalStatuses] as [
  ActiveStatus | FinalStatus,
  ...(ActiveStatus | FinalStatus)[],
]);
/** A requirement check's verdict (REQ-*). */
export const verdict = z.object({
  requirement: z.string(),
  result: z.enum(['pass', 'fail', 'fixed', 'unknown']),
  seen: z.string(),
  remedy: z.string().optional(),
});

/** Why something could not be done, in words an operator can act on; never a secret. */
export const cause = z.object({
  kind: z.string(),
  reason: z.string().optional(),
  message: z.string(),
  code: z.int().optional(),
  codeName: z.string().optional(),
  remedy: z.string().optional(),
});

export type Verdict = z.output<typeof verdict>;
export type Cause = z.output<typeof cause>;
