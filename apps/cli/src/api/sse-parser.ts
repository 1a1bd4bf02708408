/** Server-sent events from text that arrives in pieces; the format is that of the HTML standard, section 9.2. */
export interface SseEvent {
  name: string;
  data: string;
  id: string | undefined;
}

/** An event larger than this is not one of ours. */
const eventCharactersMax = 64 * 1024 * 1024;

export class SseParser {
  private buffered = '';

  /** The events that are whole with this piece. */
  push(text: string): SseEvent[] {
    this.buffered += text;
    if (this.buffered.length > eventCharactersMax) throw new RangeError('an event is too large');
    const events: SseEvent[] = [];
    for (let end = boundary(this.buffered); end; end = boundary(this.buffered)) {
      const event = eventOf(this.buffered.slice(0, end.index));
      this.buffered = this.buffered.slice(end.index + end[0].length);
      if (event) events.push(event);
    }
    return events;
  }
}

const boundary = (text: string): RegExpExecArray | null => /\r?\n\r?\n/.exec(text);

/** Undefined for a block that holds only comments. */
function eventOf(block: string): SseEvent | undefined {
  const data: string[] = [];
  let name = 'message';
  let id: string | undefined;
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([a-z]+)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    else if (field === 'event') name = value;
    else if (field === 'id') id = value;
  }
  return data.length > 0 ? { name, data: data.join('\n'), id } : undefined;
}
