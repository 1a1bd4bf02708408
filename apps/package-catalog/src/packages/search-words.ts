/** What a search finds a package by: whole words in lower case, of its name, description, labels and steps. */
import { textsOf, type PackageContent } from '@drover/domain';

const wordsMax = 20_000;
const wordCharactersMax = 100;

type Searched = Pick<PackageContent, 'name' | 'description' | 'steps'> & { labels?: readonly string[] };

export function searchWords({ name, description, labels = [], steps }: Searched): string[] {
  const words = new Set<string>();
  const texts = [
    name,
    description,
    ...labels,
    ...steps.flatMap((step) => [step.name, ...textsOf(step).map(({ text }) => text)]),
  ];
  for (const text of texts) for (const word of wordsOf(text)) words.add(word);
  return [...words].slice(0, wordsMax);
}

/** Letters and digits in a row; everything else separates, so that a path is found by each of its parts. */
export const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.slice(0, wordCharactersMax));
