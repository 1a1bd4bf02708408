/** Schemas of the words that several messages share. */
import {
  activeStatuses,
  commandCharactersMax,
  defaultMaximumDurationSeconds,
  defaultSuccessCodes,
  facts,
  finalStatuses,
  maximumDurationSecondsMax,
  stepsMax,
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
export const shortText = z.string().trim().min(1).max(255);
export const longText = z.string().max(100_000);

export const branch = z.discriminatedUnion('go', [
  z.strictObject({ go: z.literal('next') }),
  z.strictObject({ go: z.literal('step'), step: z.string().min(1) }),
  z.strictObject({ go: z.literal('stopSuccess') }),
  z.strictObject({ go: z.literal('stopFailure') }),
]);

/** Any signed or unsigned 32-bit value. */
export const exitCode = z.int().min(-0x8000_0000).max(0xffff_ffff);

export const commandStep = z.strictObject({
  id: z.string().min(1).max(64),
  name: shortText,
  type: z.literal('command'),
  command: z.string().min(1).max(commandCharactersMax),
  successCodes: z
    .array(exitCode)
    .min(1)
    .max(100)
    .default([...defaultSuccessCodes]),
  onSuccess: branch.default({ go: 'next' }),
  onFailure: branch.default({ go: 'stopFailure' }),
});

/** A package as an operator writes it; also the file that `drover package create` reads. */
export const packageContent = z.strictObject({
  name: shortText,
  description: longText.default(''),
  maximumDurationSeconds: z
    .int()
    .min(1)
    .max(maximumDurationSecondsMax)
    .default(defaultMaximumDurationSeconds),
  runMode: z.literal('system').default('system'),
  steps: z.array(commandStep).min(1).max(stepsMax),
});

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
export type PackageContentInput = z.input<typeof packageContent>;
