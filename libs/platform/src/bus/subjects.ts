import { PlatformError } from '../failure';

const token = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** The subject of one message: the declared prefix and, after a dot, the suffix. */
export function subjectOf(prefix: string, suffix: string | undefined): string {
  if (suffix === undefined) return prefix;
  if (!token.test(suffix))
    throw new PlatformError('declaration', `not a subject suffix: ${JSON.stringify(suffix)}`);
  return `${prefix}.${suffix}`;
}
