/** Reads server-sent events as an independent client: it shares no code with the command line. */
export interface ReadEvent {
  name: string;
  id: string | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each expectation says what it looks for
  data: any;
}

export class EventReader {
  private text = '';

  private constructor(
    private readonly body: ReadableStreamDefaultReader<string>,
    private readonly abort: AbortController,
  ) {}

  static async open(url: string, token: string, lastEventId?: string): Promise<EventReader> {
    const abort = new AbortController();
    const response = await fetch(url, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    if (response.status !== 200 || !response.body) throw new Error(`answered ${response.status}`);
    const body = response.body.pipeThrough(new TextDecoderStream()).getReader();
    return new EventReader(body, abort);
  }

  /** The next event, or undefined at the end of the stream. */
  async next(): Promise<ReadEvent | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        if (!block.startsWith(':')) return eventOf(block);
      } else {
        const { value, done } = await this.body.read();
        if (done) return undefined;
        this.text += value;
      }
    }
  }

  async all(): Promise<ReadEvent[]> {
    const events: ReadEvent[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.abort.abort();
  }
}

function eventOf(block: string): ReadEvent {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    name: fields.get('event') ?? '',
    id: fields.get('id'),
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}
