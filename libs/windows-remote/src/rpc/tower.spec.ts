import { WireError } from '../wire/wire-error';
import { decodeFields, encodeFields, unique, varyingArray } from './ndr';
import { procedure, rpcInterface } from './procedure';
import { encodeTower, portOfTower, towerBytes } from './tower';

const target = rpcInterface({
  uuid: '86d35949-83c9-4044-b424-db363231fd0c',
  major: 1,
  minor: 0,
  pipeName: 'atsvc',
  procedures: { act: procedure(0, {}, {}) },
});

describe('a tower', () => {
  it('names interface, NDR, RPC, TCP and IP, as [C706] appendix L lays them out', () => {
    expect(encodeTower(target, 0xc003).toString('hex')).toBe(
      [
        '0500',
        '1300' + '0d' + '4959d386c9834440b424db363231fd0c' + '0100' + '0200' + '0000',
        '1300' + '0d' + '045d888aeb1cc9119fe808002b104860' + '0200' + '0200' + '0000',
        '0100' + '0b' + '0200' + '0000',
        '0100' + '07' + '0200' + 'c003',
        '0100' + '09' + '0400' + '00000000',
      ].join(''),
    );
  });

  it('gives back its port, and none when it leads to a pipe', () => {
    expect(portOfTower(encodeTower(target, 49_155))).toBe(49_155);
    expect(portOfTower(Buffer.from('0100' + '0100' + '0f' + '0200' + '6100', 'hex'))).toBeUndefined();
  });

  it('cut at any byte is refused', () => {
    const tower = encodeTower(target, 1);
    for (let size = 0; size < tower.length; size += 1)
      expect(() => portOfTower(tower.subarray(0, size))).toThrow(WireError);
    expect(() => portOfTower(Buffer.from('ffff', 'hex'))).toThrow(WireError);
  });

  it('passes through ept_map’s array, cut at any byte or not', () => {
    const fields = { towers: varyingArray(unique(towerBytes)) };
    const towers = [encodeTower(target, 1), undefined, encodeTower(target, 2)];
    const stub = encodeFields(fields, { towers });
    expect(decodeFields(fields, stub)).toEqual({ towers });
    for (let size = 0; size < stub.length; size += 1)
      expect(() => decodeFields(fields, stub.subarray(0, size))).toThrow(WireError);
  });
});
