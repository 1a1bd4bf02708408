import fc from 'fast-check';
import { SseParser } from './sse-parser';

describe('SseParser', () => {
  it('reads names, ids and data of several lines, and passes over comments', () => {
    const text = ': still here\n\nid: 7\nevent: step\ndata: {"a":\ndata: 1}\n\ndata:x\n\n';
    expect(new SseParser().push(text)).toEqual([
      { name: 'step', data: '{"a":\n1}', id: '7' },
      { name: 'message', data: 'x', id: undefined },
    ]);
  });

  it('reads the same events however the text is cut', () => {
    const data = fc.json().map((text) => text.replace(/\s/g, ' '));
    const events = fc.array(fc.record({ name: fc.constantFrom('target', 'step'), data, id: fc.nat() }));
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (list, sizes) => {
        const text = list.map((e) => `id: ${e.id}\nevent: ${e.name}\ndata: ${e.data}\n\n`).join('');
        const parser = new SseParser();
        const read = [];
        for (let at = 0; at < text.length;) {
          const size = sizes.next().value;
          read.push(...parser.push(text.slice(at, at + size)));
          at += size;
        }
        expect(read).toEqual(list.map((e) => ({ ...e, id: String(e.id) })));
      }),
    );
  });
});
