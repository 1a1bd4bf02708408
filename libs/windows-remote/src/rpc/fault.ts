/** Fault and rejection codes of RPC servers, [C706] appendix E and N, [MS-RPCE] 2.2.2.5 and 2.2.2.9. */
import { RemoteError } from '../status/remote-error';
import type { RemoteErrorDetails, RemoteErrorKind, RemoteErrorReason } from '../status/remote-error';
import type { CodeRow } from '../status/win32';
import { findWin32 } from '../status/win32';

const faults: readonly CodeRow[] = [
  [0x1c00_0009, 'nca_s_fault_context_mismatch', 'refused', 'other'],
  [0x1c01_0002, 'nca_s_op_rng_error', 'protocol', 'unsupported'],
  [0x1c01_0003, 'nca_s_unk_if', 'protocol', 'unsupported'],
  [0x1c01_000b, 'nca_s_proto_error', 'protocol', 'unexpectedReply'],
  [0x1c01_0014, 'nca_s_server_too_busy', 'busy', 'serverBusy'],
  [0x1c01_0017, 'nca_s_unsupported_type', 'protocol', 'unsupported'],
];

const byCode = new Map(faults.map((row) => [row[0], row]));

/** The error of a fault PDU's status. Fault 5 right after a bind is how NTLM's third leg is rejected. */
export function faultError(status: number, doing: string, details: RemoteErrorDetails = {}): RemoteError {
  const row = byCode.get(status) ?? findWin32(status);
  const known = { ...details, code: status, codeName: row?.[1] };
  return new RemoteError(row?.[2] ?? 'refused', row?.[3] ?? 'other', doing, known);
}

/** bind_nak reasons, [C706] 12.6.3.1 and [MS-RPCE] 2.2.2.5. */
const rejections: ReadonlyMap<number, readonly [RemoteErrorKind, RemoteErrorReason, string]> = new Map([
  [1, ['busy', 'serverBusy', 'temporary_congestion']],
  [2, ['busy', 'serverBusy', 'local_limit_exceeded']],
  [4, ['protocol', 'unsupported', 'protocol_version_not_supported']],
  [8, ['protocol', 'unsupported', 'authentication_type_not_recognized']],
  [9, ['denied', 'accessDenied', 'invalid_checksum']],
]);

export function bindRejected(
  reason: number,
  interfaceName: string,
  details: RemoteErrorDetails = {},
): RemoteError {
  const [kind, word, codeName] = rejections.get(reason) ?? (['refused', 'other', undefined] as const);
  const known = { ...details, code: reason, codeName };
  return new RemoteError(kind, word, `the bind to ${interfaceName} was rejected`, known);
}
