import { CreateRequest } from './file';
import { commands, decodeBody, encodeMessage, Header, headerBytes } from './header';
import { FileIdBothDirectoryList } from './information';
import { NegotiateRequest, PreauthIntegrityCapabilities } from './negotiate';
import { smbMessages } from './table';
import { WireError } from '../../wire/wire-error';
import { Reader } from '../../wire/reader';
import { Writer } from '../../wire/writer';

const header: Header = {
  creditCharge: 1,
  status: 0,
  command: commands.create,
  credits: 31,
  flags: 0,
  nextCommand: 0,
  messageId: 5n,
  processId: 0xfeff,
  treeId: 7,
  sessionId: 0x1122_3344_5566_7788n,
  signature: Buffer.alloc(16),
};

const create = {
  oplockLevel: 0,
  impersonationLevel: 2,
  desiredAccess: 0x12_019f,
  fileAttributes: 0x80,
  shareAccess: 7,
  disposition: 1,
  createOptions: 0x40,
  name: 'Windows\\Drover\\x',
  contexts: [
    { name: Buffer.from('MxAc'), data: Buffer.alloc(0) },
    { name: Buffer.from('QFid'), data: Buffer.from('0123456789') },
  ],
};

describe('SMB 2 message tables', () => {
  it('writes a CREATE request whose offsets count from the header', () => {
    const message = encodeMessage(header, CreateRequest, create);
    expect(message.readUInt16LE(headerBytes)).toBe(57);
    expect(message.readUInt16LE(headerBytes + 44)).toBe(headerBytes + 56);
    expect(Header.decode(message)).toEqual(header);
    expect(decodeBody(message, CreateRequest)).toEqual(create);
  });

  it('gives an empty name a valid offset and a byte behind it, as an odd structure size demands', () => {
    const message = encodeMessage(header, CreateRequest, { ...create, name: '', contexts: [] });
    expect(message.readUInt16LE(headerBytes + 44)).toBe(headerBytes + 56);
    expect(message.length).toBe(headerBytes + 58);
  });

  it('answers truncation at every byte with a WireError', () => {
    const message = encodeMessage(header, CreateRequest, create);
    for (let size = 0; size < message.length; size++) {
      expect(() => decodeBody(message.subarray(0, size), CreateRequest)).toThrow(WireError);
    }
  });

  it('reads negotiate contexts back', () => {
    const data = PreauthIntegrityCapabilities.encode({ hashAlgorithms: [1], salt: Buffer.alloc(32, 9) });
    const value = {
      securityMode: 1,
      capabilities: 0x7f,
      clientGuid: '6bffd098-a112-3610-9833-46c3f87e345a',
      contexts: [
        { contextType: 1, data },
        { contextType: 2, data: Buffer.from('0200', 'hex') },
      ],
      dialects: [0x0300, 0x0302, 0x0311],
    };
    const message = encodeMessage(header, NegotiateRequest, value);
    expect(message.readUInt32LE(headerBytes + 28) % 8).toBe(0);
    expect(decodeBody(message, NegotiateRequest)).toEqual(value);
    expect(PreauthIntegrityCapabilities.decode(data).salt).toHaveLength(32);
  });

  it('survives random bytes in every response without anything but WireError', () => {
    let seed = 1;
    const random = Buffer.from(
      Array.from({ length: 400 }, () => (seed = (seed * 48_271) % 0x7fff_ffff) & 0xff),
    );
    for (const { response } of Object.values(smbMessages)) {
      try {
        decodeBody(
          Buffer.concat([Buffer.alloc(headerBytes), random]),
          response as typeof smbMessages.read.response,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }
  });

  it('reads a directory listing back', () => {
    const times = { creationTime: 1n, lastAccessTime: 2n, lastWriteTime: 3n, changeTime: 4n };
    const entry = {
      fileIndex: 0,
      ...times,
      endOfFile: 5n,
      allocationBytes: 8n,
      fileAttributes: 32,
      eaSize: 0,
      shortNameLength: 0,
      shortName: Buffer.alloc(24),
      fileId: 0n,
    };
    const list = [
      { ...entry, fileName: 'a.txt' },
      { ...entry, fileName: 'grün.log' },
    ];
    const writer = new Writer();
    FileIdBothDirectoryList.write(writer, list);
    expect(FileIdBothDirectoryList.read(new Reader(writer.done()))).toEqual(list);
  });
});
