import type { NdrFields } from '../src/rpc/ndr';
import { decodeFields, encodeFields } from '../src/rpc/ndr';
import type { Procedure } from '../src/rpc/procedure';
import type { RpcClient } from '../src/rpc/rpc-client';

type Answer = (input: never) => object;

/**
 * A server of one interface without a wire: answers are functions by operation. Input and output pass through their
 * codecs, so an answer that the procedure's table cannot carry fails the test.
 */
export function fakeRpcClient(answers: ReadonlyMap<Procedure, Answer>): RpcClient {
  const client = {
    isUsable: true,
    isSealed: true,
    call: async (procedure: Procedure, input: never) => {
      const answer = answers.get(procedure);
      if (answer === undefined) throw new Error(`operation ${procedure.opnum} is not expected`);
      const received = decodeFields(procedure.input, encodeFields(procedure.input, input));
      const output = encodeFields(procedure.output, answer(received as never) as never);
      return decodeFields(procedure.output, output);
    },
    close: async () => {
      client.isUsable = false;
    },
  };
  return client as unknown as RpcClient;
}

/** One entry of the answers, with its types. */
export const answers = <I extends NdrFields, O extends NdrFields>(
  procedure: Procedure<I, O>,
  answer: (input: {
    [K in keyof I]: I[K] extends { read(i: never, set: (v: infer T) => void): void } ? T : never;
  }) => object,
): [Procedure, Answer] => [procedure as unknown as Procedure, answer as unknown as Answer];
