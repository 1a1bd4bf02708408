/** One RPC client for all callers of a service: opened by the first, waited for by those who come meanwhile. */
import type { RpcInterface } from '../rpc/procedure';
import type { RpcClient } from '../rpc/rpc-client';

export type OpenClient = (target: RpcInterface) => Promise<RpcClient>;

/**
 * Returns a function that opens once. A failed opening is forgotten, so that a service that was not running can be
 * started and opened again; so is a client that has become unusable.
 */
export function sharedClient<T extends { client: RpcClient }>(open: () => Promise<T>): () => Promise<T> {
  let opened: T | undefined;
  let opening: Promise<T> | undefined;
  return async () => {
    if (opened?.client.isUsable === true) return opened;
    opening ??= open().finally(() => {
      opening = undefined;
    });
    opened = await opening;
    return opened;
  };
}
