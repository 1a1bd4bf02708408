/** Comparing what a computer has with what a criterion wants; apps/runner/src/compare.c has the same rules. */
import type { ComparisonOperator } from '../package/criterion';

const versionPartsMax = 8;
const partMax = 0xffff_ffff;
const int64Max = 2n ** 63n - 1n;

/** @param order below, at or above 0. */
export function comparisonHolds(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
  }
}

/**
 * Numbers between dots (or commas, as in old version resources) at the beginning of a text; missing ones count as 0.
 * Undefined when either text begins with no number: then nothing compares.
 */
export function versionOrder(left: string, right: string): number | undefined {
  const leftParts = versionParts(left);
  const rightParts = versionParts(right);
  if (leftParts.length === 0 || rightParts.length === 0) return undefined;
  for (let index = 0; index < versionPartsMax; index++) {
    const difference = (leftParts[index] ?? 0) - (rightParts[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function versionParts(text: string): number[] {
  const numbers = /^[ \t]*(\d+(?:[.,][ \t]*\d+)*)/.exec(text)?.[1];
  if (numbers === undefined) return [];
  return numbers
    .split(/[.,][ \t]*/)
    .slice(0, versionPartsMax)
    .map((part) => Math.min(Number(part), partMax));
}

/** A whole number, decimal or 0x…; beyond 64 bits the largest or smallest there. Undefined for any other text. */
export function parseNumber(text: string): bigint | undefined {
  const [, sign, digits] = /^[ \t]*([+-]?)(0[xX][0-9a-fA-F]+|\d+)[ \t]*$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = clampToInt64(BigInt(digits));
  return sign === '-' ? -value : value;
}

export const clampToInt64 = (value: bigint): bigint => (value > int64Max ? int64Max : value);

/** A pattern with `*` and `?` against a whole text, without regard to case. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = [...upperCase(pattern)].map((character) =>
    character === '*' ? '[^]*' : character === '?' ? '[^]' : character.replace(/[\\^$.|+()[\]{}/]/, '\\$&'),
  );
  return new RegExp(`^${parts.join('')}$`, 'u').test(upperCase(text));
}

/** Character by character, as Windows does: no letter becomes two. */
export const upperCase = (text: string): string =>
  [...text]
    .map((character) => {
      const upper = character.toUpperCase();
      return upper.length === character.length ? upper : character;
    })
    .join('');
