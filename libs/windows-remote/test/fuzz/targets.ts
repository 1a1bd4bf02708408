/** What is fuzzed: each layer's decoder with structures that it takes whole, cut out of the recorded replies. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NtlmChallenge, TargetInfo } from '../../src/auth/ntlm-messages';
import { decodeNegTokenResponse } from '../../src/auth/spnego-messages';
import type { NdrFields } from '../../src/rpc/ndr';
import { decodeFields } from '../../src/rpc/ndr';
import { BindAckBody, decodePdu, FaultBody, pduTypes, ResponseBody } from '../../src/rpc/pdu';
import type { Procedure } from '../../src/rpc/procedure';
import { srvsvc } from '../../src/services/srvsvc.procedures';
import { svcctl } from '../../src/services/svcctl.procedures';
import { taskScheduler } from '../../src/services/tsch.procedures';
import { winreg } from '../../src/services/winreg.procedures';
import { FrameAssembler } from '../../src/smb/frame-assembler';
import { commands, decodeBody, ErrorResponse, Header } from '../../src/smb/messages/header';
import { FileFsFullSizeInformation, FileIdBothDirectoryList } from '../../src/smb/messages/information';
import {
  dialects,
  EncryptionCapabilities,
  NegotiateResponse,
  NegotiateResponseBefore311,
  PreauthIntegrityCapabilities,
  SigningCapabilities,
} from '../../src/smb/messages/negotiate';
import type { ResponseOf, SpokenCommand } from '../../src/smb/messages/table';
import { smbMessages } from '../../src/smb/messages/table';
import { splitCompound } from '../../src/smb/split-compound';
import { isErrorStatus, ntstatus } from '../../src/status/ntstatus';
import type { Codec } from '../../src/wire/codec';
import { Reader } from '../../src/wire/reader';

export interface Target {
  name: string;
  seeds: readonly Buffer[];
  /** Returns, or throws WireError or RemoteError; anything else is a finding. */
  decode(data: Buffer): void;
}

export function readTargets(): Target[] {
  const frames = recordedFrames();
  const messages = frames.flatMap(splitCompound);
  const tokens = bodies(messages, 'sessionSetup').map(({ securityBuffer }) => securityBuffer);
  const challenges = tokens.flatMap((token) => decodeNegTokenResponse(token).token ?? []);
  const contexts = bodies(messages, 'negotiate').flatMap((body) => body.contexts.map(({ data }) => data));
  const directories = bodies(messages, 'queryDirectory').map(({ data }) => data);
  const pdus = bodies(messages, 'ioctl')
    .map(({ output }) => output)
    .filter((output) => output[0] === 5);
  return [
    { name: 'frames', seeds: frames.map(prefixed), decode: decodeStream },
    { name: 'messages', seeds: frames, decode: decodeMessages },
    { name: 'negotiate contexts', seeds: contexts, decode: decodeContext },
    { name: 'SPNEGO', seeds: tokens.filter(({ length }) => length > 0), decode: decodeNegTokenResponse },
    { name: 'NTLM challenges', seeds: challenges, decode: decodeChallenge },
    {
      name: 'directories',
      seeds: directories,
      decode: (data) => FileIdBothDirectoryList.read(new Reader(data)),
    },
    { name: 'RPC fragments', seeds: pdus, decode: decodeFragment },
    { name: 'NDR', seeds: stubs, decode: decodeStub },
  ];
}

const recordedFrames = (): Buffer[] =>
  readFileSync(join(__dirname, 'recorded-replies.txt'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Buffer.from(line.slice(line.indexOf(' ') + 1), 'hex'));

const commandNames = new Map(Object.entries(commands).map(([name, number]) => [number as number, name]));

function bodies<C extends SpokenCommand>(messages: Buffer[], command: C) {
  const codec = smbMessages[command].response as Codec<unknown>;
  return messages
    .filter((message) => {
      const { command: number, status } = Header.decode(message);
      return number === commands[command] && hasBody(status) && !isOldNegotiate(number, message);
    })
    .map((message) => decodeBody(message, codec) as ResponseOf<C>);
}

/** A logon's challenge comes with an error's status and a body all the same; interim answers have an error's body. */
const hasBody = (status: number): boolean =>
  status === ntstatus.moreProcessingRequired ||
  !(isErrorStatus(status) || status === ntstatus.noMoreFiles || status === ntstatus.pending);

/** Its contexts are missing, so another table reads it. */
const isOldNegotiate = (command: number, message: Buffer): boolean =>
  command === commands.negotiate && decodeBody(message, NegotiateResponseBefore311).dialect < dialects.smb311;

function prefixed(frame: Buffer): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(frame.length);
  return Buffer.concat([prefix, frame]);
}

/** In pieces, as TCP gives them. */
function decodeStream(data: Buffer): void {
  const assembler = new FrameAssembler(decodeMessages);
  const pieceBytes = 1 + (data.length % 97);
  for (let at = 0; at < data.length; at += pieceBytes) assembler.push(data.subarray(at, at + pieceBytes));
}

function decodeMessages(data: Buffer): void {
  for (const message of splitCompound(data)) {
    const { command, status } = Header.decode(message);
    const name = commandNames.get(command);
    if (!hasBody(status)) decodeBody(message, ErrorResponse);
    else if (isOldNegotiate(command, message)) continue;
    else if (name !== undefined && name in smbMessages)
      decodeBody(message, smbMessages[name as SpokenCommand].response as Codec<unknown>);
  }
}

function decodeContext(data: Buffer): void {
  for (const codec of [PreauthIntegrityCapabilities, EncryptionCapabilities, SigningCapabilities])
    attempt(() => codec.decode(data));
  attempt(() => FileFsFullSizeInformation.decode(data));
  NegotiateResponse.decode(data);
}

function decodeChallenge(data: Buffer): void {
  TargetInfo.decode(NtlmChallenge.decode(data).targetInfo);
}

function decodeFragment(data: Buffer): void {
  const { type, body } = decodePdu(data);
  if (type === pduTypes.bindAck || type === pduTypes.alterContextResponse) BindAckBody.decode(body);
  else if (type === pduTypes.fault) FaultBody.decode(body);
  else decodeStub(ResponseBody.decode(body).stub);
}

const outputs: NdrFields[] = [winreg, svcctl, taskScheduler, srvsvc].flatMap(({ procedures }) =>
  Object.values<Procedure>(procedures).map(({ output }) => output),
);
let nextOutput = 0;

/** Each stub is another procedure's answer: referents, counts and lengths mean something in all of them. */
function decodeStub(data: Buffer): void {
  nextOutput = (nextOutput + 1) % outputs.length;
  decodeFields(outputs[nextOutput]!, data);
}

/** Words that are referents, counts, offsets and lengths in some order, and text behind them. */
const stubs = [1, 2, 3, 5, 8].map((start) => {
  const words = Array.from(
    { length: 24 },
    (_, index) => [0x2_0000, 4, 0, 4, 1, 0x2_0004][(start * index) % 6]!,
  );
  const data = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => data.writeUInt32LE(word, index * 4));
  return Buffer.concat([data, Buffer.from('SOFTWARE\0', 'utf16le'), Buffer.alloc(24)]);
});

/** One of several decoders of the same bytes; each is judged as if it were alone. */
function attempt(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof Error && /^(Wire|Remote)Error$/.test(error.name))) throw error;
  }
}
