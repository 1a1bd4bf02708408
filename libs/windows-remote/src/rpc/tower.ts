/**
 * Protocol towers, [C706] appendix L and I: an address as floors, each with what identifies a protocol and what it is
 * given. Spoken here: interface, NDR, connection-oriented RPC, TCP, IPv4.
 */
import { guid, u16, u32, u8 } from '../wire/codec';
import { body, fixed } from '../wire/body';
import { Reader } from '../wire/reader';
import { WireError } from '../wire/wire-error';
import type { Ndr } from './ndr';
import { ndr32 } from './pdu';
import type { RpcInterface } from './procedure';

/** Identifiers of protocols, [C706] appendix I. */
const protocols = { uuid: 0x0d, connectionOriented: 0x0b, tcp: 0x07, ip: 0x09 } as const;
/** More floors than any address has. */
const floorsMax = 16;

/** The left side of a floor that names a syntax. */
const Syntax = body({ protocol: fixed(u8, protocols.uuid), uuid: guid, major: u16 });

interface Floor {
  left: Buffer;
  right: Buffer;
}

const syntaxFloor = (uuid: string, major: number, minor: number): Floor => ({
  left: Syntax.encode({ uuid, major }),
  right: numberLe(minor),
});

const numberLe = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);

/** Where an interface is looked for (port 0) or found, over TCP on IPv4. */
export function encodeTower(target: RpcInterface, port = 0): Buffer {
  const floors: Floor[] = [
    syntaxFloor(target.uuid, target.major, target.minor),
    syntaxFloor(ndr32.uuid, ndr32.version, 0),
    { left: Buffer.from([protocols.connectionOriented]), right: numberLe(0) },
    { left: Buffer.from([protocols.tcp]), right: Buffer.from([port >> 8, port & 0xff]) },
    { left: Buffer.from([protocols.ip]), right: Buffer.alloc(4) },
  ];
  const side = (data: Buffer): Buffer => Buffer.concat([numberLe(data.length), data]);
  return Buffer.concat([
    numberLe(floors.length),
    ...floors.flatMap(({ left, right }) => [side(left), side(right)]),
  ]);
}

/**
 * The TCP port of a tower, `undefined` when it leads elsewhere. The tower's own address is not looked at: it is the
 * server's opinion, and behind address translation a wrong one.
 * @throws WireError
 */
export function portOfTower(tower: Buffer): number | undefined {
  const reader = new Reader(tower);
  const count = u16.read(reader);
  if (count > floorsMax) throw new WireError(`a tower of ${count} floors`, 0);
  const side = (): Buffer => reader.bytes(u16.read(reader));
  let port: number | undefined;
  for (let index = 0; index < count; index += 1) {
    const left = side();
    const right = side();
    if (left[0] === protocols.tcp && right.length === 2) port = right.readUInt16BE();
  }
  return port;
}

/** twr_t, [C706] appendix L: the conformant size stands in front of the structure. */
export const towerBytes: Ndr<Buffer> = {
  alignment: 4,
  write(out, value) {
    out.writer.align(4);
    u32.write(out.writer, value.length);
    u32.write(out.writer, value.length);
    out.writer.bytes(value);
  },
  read(input, set) {
    input.reader.align(4);
    const at = input.reader.position;
    const capacity = u32.read(input.reader);
    const lengthBytes = u32.read(input.reader);
    if (lengthBytes > capacity) throw new WireError(`a tower of ${lengthBytes} of ${capacity} bytes`, at);
    set(Buffer.from(input.reader.bytes(lengthBytes)));
  },
};
