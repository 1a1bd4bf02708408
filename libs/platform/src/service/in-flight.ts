/** Counts work under way, so that a shutdown can wait for it. */
export class InFlight {
  private readonly open = new Set<Promise<unknown>>();

  get count(): number {
    return this.open.size;
  }

  /** Runs `work` and counts it until it settles. */
  async track<T>(work: () => Promise<T>): Promise<T> {
    const promise = work();
    this.open.add(promise);
    try {
      return await promise;
    } finally {
      this.open.delete(promise);
    }
  }

  /** Resolves when nothing is under way, whatever became of it. */
  async idle(): Promise<void> {
    while (this.open.size > 0) await Promise.allSettled([...this.open]);
  }
}
