import { array, chain } from './list';
import type { Infer } from './codec';
import { guid, rest, u16, u32, u64, u8, utf16 } from './codec';
import { body, count, countOf, fixed, length, lengthOf, offset, ownOrigin, reserved, tail } from './body';
import { WireError } from './wire-error';
import { RemoteError } from '../status/remote-error';

const Entry = body({ kind: u16, data: tail(rest, [length(u16), reserved(4)]) });
const Sample = body({
  structureSize: fixed(u16, 40),
  flags: u8,
  reserved: reserved(1),
  id: u64,
  owner: guid,
  textLength: lengthOf(u16, 'text'),
  numberCount: countOf(u16, 'numbers'),
  name: tail(utf16, [offset(u16), length(u16)]),
  entries: tail(array(Entry, { align: 8 }), [offset(u32), count(u16)], { align: 8 }),
  text: utf16,
  numbers: array(u32),
});
const sample: Infer<typeof Sample> = {
  flags: 3,
  id: 0x0123_4567_89ab_cdefn,
  owner: '6bffd098-a112-3610-9833-46c3f87e345a',
  text: 'héllo',
  numbers: [1, 0xffff_ffff],
  name: '\\\\host\\C$',
  entries: [
    { kind: 1, data: Buffer.from('abc') },
    { kind: 2, data: Buffer.from('defghijk') },
  ],
};

describe('a structure declared as a table', () => {
  it('reads back what it has written', () => {
    expect(Sample.decode(Sample.encode(sample))).toEqual(sample);
  });

  it('writes fields in the order of the table, with derived offsets, lengths and counts', () => {
    const Small = body({ size: fixed(u16, 9), text: tail(utf16, [offset(u16), length(u16)]) });
    expect(Small.encode({ text: 'ab' }).toString('hex')).toBe('0900' + '0600' + '0400' + '61006200');
  });

  it('answers truncation at every byte with a WireError that is a malformed protocol error', () => {
    const whole = Sample.encode(sample);
    for (let size = 0; size < whole.length; size++) {
      const attempt = () => Sample.decode(whole.subarray(0, size));
      expect(attempt).toThrow(WireError);
      expect(attempt).toThrow(RemoteError);
    }
  });

  it('refuses a fixed field with another value and says where', () => {
    const wrong = Sample.encode(sample);
    wrong.writeUInt16LE(41, 0);
    expect(() => Sample.decode(wrong)).toThrow('structureSize is 41 and not 40 at byte 0');
  });

  it('refuses an offset that points outside the message', () => {
    const Small = body({ data: tail(rest, [offset(u32), length(u32)]) });
    const hostile = Small.encode({ data: Buffer.from('x') });
    hostile.writeUInt32LE(0xffff_fff0, 0);
    expect(() => Small.decode(hostile)).toThrow(WireError);
  });

  it('counts offsets of a nested structure from its own first byte when told so', () => {
    const Inner = ownOrigin(body({ text: tail(utf16, [offset(u16), length(u16)]) }));
    const Outer = body({ before: u32, inner: Inner });
    const encoded = Outer.encode({ before: 7, inner: { text: 'x' } });
    expect(encoded.readUInt16LE(4)).toBe(4);
    expect(Outer.decode(encoded)).toEqual({ before: 7, inner: { text: 'x' } });
  });
});

describe('a chain of entries', () => {
  const Named = body({ nameLength: lengthOf(u32, 'name'), name: utf16 });
  const List = body({ entries: chain(Named) });
  const value = { entries: [{ name: 'a' }, { name: 'longer' }, { name: '' }] };

  it('reads back what it has written, entries aligned to 8', () => {
    const encoded = List.encode(value);
    expect(encoded.readUInt32LE(0)).toBe(16);
    expect(List.decode(encoded)).toEqual(value);
  });

  it('refuses a next offset that does not advance', () => {
    const hostile = List.encode(value);
    hostile.writeUInt32LE(2, 0);
    expect(() => List.decode(hostile)).toThrow('does not advance');
  });
});
