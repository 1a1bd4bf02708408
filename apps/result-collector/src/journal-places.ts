/**
 * Remembers, in this process only, at which byte the records after a given sequence begin, so that a poll need not read a
 * journal from its start. The ledger alone knows what it has stored: a place is used only up to the ledger's sequence.
 */
const journalsMax = 20_000;
const placesPerJournalMax = 8;

interface Place {
  /** The last sequence before `offset`. */
  sequence: number;
  offset: number;
}

export class JournalPlaces {
  private readonly byAttempt = new Map<string, Place[]>();

  /** The furthest byte at which nothing beyond `sequence` has been passed; 0 when none is known. */
  offsetAfter(attemptName: string, sequence: number): number {
    const places = this.byAttempt.get(attemptName) ?? [];
    return places.reduce((offset, p) => (p.sequence <= sequence ? Math.max(offset, p.offset) : offset), 0);
  }

  remember(attemptName: string, place: Place): void {
    const places = this.byAttempt.get(attemptName) ?? [];
    this.byAttempt.delete(attemptName);
    this.byAttempt.set(attemptName, [...places.slice(1 - placesPerJournalMax), place]);
    const oldest = this.byAttempt.keys().next();
    if (this.byAttempt.size > journalsMax && !oldest.done) this.byAttempt.delete(oldest.value);
  }

  forget(attemptName: string): void {
    this.byAttempt.delete(attemptName);
  }
}
