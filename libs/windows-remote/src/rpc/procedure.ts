/**
 * Interfaces and their procedures as tables. The same table encodes a request for RpcClient and decodes it in a
 * server; field names are the specification's parameters in our words.
 */
import type { NdrFields } from './ndr';

export interface Procedure<I extends NdrFields = NdrFields, O extends NdrFields = NdrFields> {
  readonly opnum: number;
  readonly input: I;
  readonly output: O;
}

export const procedure = <I extends NdrFields, O extends NdrFields>(
  opnum: number,
  input: I,
  output: O,
): Procedure<I, O> => ({ opnum, input, output });

export interface RpcInterface<P extends Readonly<Record<string, Procedure>> = Record<string, Procedure>> {
  /** Lower case, without braces. */
  readonly uuid: string;
  readonly major: number;
  readonly minor: number;
  /** The name below `\pipe\`. */
  readonly pipeName: string;
  readonly procedures: P;
}

export const rpcInterface = <P extends Readonly<Record<string, Procedure>>>(
  declaration: RpcInterface<P>,
): RpcInterface<P> => declaration;
