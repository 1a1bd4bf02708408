/** Changes of one structure that decoders have to survive: lengths and offsets that lie, and bytes that are missing or too many. */
import type { Random } from './random';

type Mutation = (data: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const maximumBytes = 0x4000;
/** Structures have most of their lengths, offsets and counts in front. */
const frontBytes = 128;

/** Numbers at which comparisons go wrong, beside those that depend on the structure's own size. */
const edges = [0, 1, 2, 3, 4, 7, 8, 0x10, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff];
const wideEdges = [0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff8, 0xffff_ffff];

const place = (data: Buffer, random: Random, width: number): number => {
  const end = Math.max(1, data.length - width + 1);
  return random.below(random.below(4) === 0 ? end : Math.min(end, frontBytes));
};

function edge(data: Buffer, random: Random, at: number): number {
  const own = [data.length, data.length - 1, data.length + 1, data.length - at, at];
  return random.of(random.below(2) === 0 ? own : edges) >>> 0;
}

const mutations: readonly Mutation[] = [
  (data, random) => {
    if (data.length < 2) return data;
    const at = place(data, random, 2) & ~1;
    data.writeUInt16LE(edge(data, random, at) & 0xffff, Math.min(at, data.length - 2));
    return data;
  },
  (data, random) => {
    if (data.length < 4) return data;
    const at = Math.min(place(data, random, 4) & ~3, data.length - 4);
    data.writeUInt32LE(random.below(3) === 0 ? random.of(wideEdges) : edge(data, random, at), at);
    return data;
  },
  (data, random) => {
    if (data.length > 0) data[place(data, random, 1)]! ^= 1 << random.below(8);
    return data;
  },
  (data, random) => {
    if (data.length > 0) data[place(data, random, 1)] = random.next();
    return data;
  },
  (data, random) => data.subarray(0, random.below(data.length + 1)),
  (data, random) => Buffer.concat([data, Buffer.alloc(random.below(64), random.next())]),
  (data, random, others) => {
    const other = random.of(others);
    const at = random.below(Math.min(data.length, other.length) + 1);
    return Buffer.concat([data.subarray(0, at), other.subarray(at)]);
  },
  (data, random) => {
    const at = random.below(data.length);
    const size = random.below(Math.min(64, data.length - at + 1));
    return Buffer.concat([data.subarray(0, at + size), data.subarray(at)]);
  },
];

/** One to four changes of a copy. @param others structures of the same kind, to take parts of. */
export function mutated(seed: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let data: Buffer = Buffer.from(seed);
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--)
    data = random.of(mutations)(data, random, others);
  return data.length > maximumBytes ? data.subarray(0, maximumBytes) : data;
}
