/**
 * RRP_UNICODE_STRING, [MS-RRP] 2.2.5: a counted string that, other than RPC_UNICODE_STRING, counts its terminator.
 * As an answer's buffer it carries its size and no text.
 */
import type { Ndr, NdrInput } from '../rpc/ndr';
import { readVarying, struct, unique, withoutTerminator, word, writeVarying } from '../rpc/ndr';

export interface RegistryBuffer {
  /** Size of the buffer that the text lies in, terminator included. */
  maximumBytes: number;
  /** `undefined` is a null pointer, as for a class that nobody asks for. */
  text: string | undefined;
}

/** The characters behind the pointer, without knowledge of their meaning. */
const characters: Ndr<{ capacityBytes: number; data: Buffer }> = {
  alignment: 4,
  write(out, value) {
    out.writer.align(4);
    writeVarying(out.writer, value.capacityBytes / 2, value.data.length / 2);
    out.writer.bytes(value.data);
  },
  read(input, set) {
    input.reader.align(4);
    const { capacity, actual } = readVarying(input.reader);
    set({ capacityBytes: capacity * 2, data: Buffer.from(input.reader.bytes(actual * 2)) });
  },
};

const layout = struct({ lengthBytes: word, maximumBytes: word, characters: unique(characters) });

const terminated = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

/** What lies behind the pointer is read after the structure: the text is put together once that has happened. */
function readText(input: NdrInput, set: (maximumBytes: number, text: string | undefined) => void): void {
  layout.read(input, (value) => {
    input.defer(() => {
      const { maximumBytes, characters: found } = value;
      set(maximumBytes, found && withoutTerminator(found.data));
    });
  });
}

/** A name that is sent: `undefined` is the null string. */
export const registryString: Ndr<string | undefined> = {
  alignment: layout.alignment,
  write(out, text) {
    const data = text === undefined ? undefined : terminated(text);
    const lengthBytes = data?.length ?? 0;
    layout.write(out, {
      lengthBytes,
      maximumBytes: lengthBytes,
      characters: data && { capacityBytes: data.length, data },
    });
  },
  read: (input, set) => readText(input, (_maximumBytes, text) => set(text)),
};

/** Room for a name that is asked for, and the name that comes back in it. */
export const registryBuffer: Ndr<RegistryBuffer> = {
  alignment: layout.alignment,
  write(out, { text, maximumBytes }) {
    const data = text === undefined ? Buffer.alloc(0) : terminated(text);
    layout.write(out, {
      lengthBytes: data.length,
      maximumBytes,
      characters: maximumBytes === 0 ? undefined : { capacityBytes: maximumBytes, data },
    });
  },
  read: (input, set) => readText(input, (maximumBytes, text) => set({ maximumBytes, text })),
};

/**
 * REG_UNICODE_STRING of [MS-RSP] 2.3.1 and RPC_UNICODE_STRING, [MS-DTYP] 2.3.10, as Windows accepts it for a shutdown's
 * message: the terminator has room but is neither counted nor sent.
 */
export const messageString: Ndr<string> = {
  alignment: layout.alignment,
  write(out, text) {
    const data = Buffer.from(text, 'utf16le');
    const maximumBytes = data.length + 2;
    layout.write(out, {
      lengthBytes: data.length,
      maximumBytes,
      characters: { capacityBytes: maximumBytes, data },
    });
  },
  read: (input, set) => readText(input, (_maximumBytes, text) => set(text ?? '')),
};
