/** An RPC interface as a server offers it: the client's own procedure tables, with a handler for each. */
import {
  decodeFields,
  encodeFields,
  type NdrValues,
  type Procedure,
  type RpcInterface,
} from '@drover/windows-remote/protocol';
import { HostRefusal } from '../refusal';

export interface ServedInterface {
  uuid: string;
  major: number;
  /** Calls below this authentication level fault with access denied. */
  minimumAuthLevel: number;
  /** @throws RpcFault for an unknown operation; WireError for a stub that does not decode. */
  call(opnum: number, stub: Buffer, call: Call): Buffer;
}

/** What a handler knows of its caller; handles live as long as the pipe. */
export interface Call {
  handles: ContextHandles;
  username: string;
  isAdministrator: boolean;
}

export class RpcFault extends Error {
  constructor(readonly status: number) {
    super(`RPC fault 0x${status.toString(16)}`);
    this.name = 'RpcFault';
  }
}

/** Handlers for some or all procedures of a table. */
export type Handlers<P extends Record<string, Procedure>, K extends keyof P = keyof P> = {
  [N in K]: (input: NdrValues<P[N]['input']>, call: Call) => NdrValues<P[N]['output']>;
};

/** Binds handlers to an interface's table; the compiler asks for one per procedure. */
export function serveInterface<P extends Record<string, Procedure>>(
  table: RpcInterface<P>,
  handlers: Handlers<P>,
  minimumAuthLevel = 0,
): ServedInterface {
  const byOpnum = new Map(
    Object.keys(table.procedures).map((name) => [
      (table.procedures[name] as Procedure).opnum,
      name as keyof P,
    ]),
  );
  return {
    uuid: table.uuid,
    major: table.major,
    minimumAuthLevel,
    call(opnum, stub, call) {
      const name = byOpnum.get(opnum);
      if (name === undefined) throw new RpcFault(operationRangeError);
      const { input, output } = table.procedures[name] as P[keyof P];
      const values = decodeFields(input, stub) as NdrValues<P[keyof P]['input']>;
      return encodeFields(output, handlers[name](values, call));
    },
  };
}

/** Runs a handler's work; a HostRefusal becomes its error code beside the outputs that a failure has. */
export function refusable<O extends { error: number }>(
  failed: Omit<O, 'error'>,
  work: () => Omit<O, 'error'> & { error?: number },
): O {
  try {
    return { error: 0, ...work() } as unknown as O;
  } catch (error) {
    if (!(error instanceof HostRefusal)) throw error;
    return { ...failed, error: error.code } as unknown as O;
  }
}

/** A handler whose only output is the error code. */
export const acting =
  <I>(work: (input: I, call: Call) => void) =>
  (input: I, call: Call): { error: number } =>
    refusable<{ error: number }>({}, () => {
      work(input, call);
      return {};
    });

/** Context handles of one client: 20 bytes outside, an object inside. */
export class ContextHandles {
  private readonly objects = new Map<string, unknown>();
  private next = 1;

  open(object: unknown): Buffer {
    if (this.objects.size >= handlesMax) throw new RpcFault(outOfMemory);
    const handle = Buffer.alloc(20);
    handle.writeUInt32LE(this.next, 4);
    handle.writeUInt32LE(handleMark, 16);
    this.next += 1;
    this.objects.set(handle.toString('hex'), object);
    return handle;
  }

  /** The object of a handle when it is of the wanted class. */
  find<T>(handle: Buffer, type: abstract new (...parameters: never[]) => T): T | undefined {
    const object = this.objects.get(handle.toString('hex'));
    return object instanceof type ? object : undefined;
  }

  close(handle: Buffer): boolean {
    return this.objects.delete(handle.toString('hex'));
  }
}

export const nullHandle = Buffer.alloc(20);
const handlesMax = 1024;
const handleMark = 0x44524f56;
/** nca_s_op_rng_error and nca_s_fault_remote_no_memory, [C706] appendix E. */
const operationRangeError = 0x1c010002;
const outOfMemory = 0x1c00001b;
