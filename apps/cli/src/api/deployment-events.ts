/** Reads a deployment's events until it has finished; a connection that breaks is made again where it stopped. */
import {
  deployment,
  deploymentChanged,
  target,
  targetChanged,
  targetStepChanged,
  type Payload,
} from '@drover/contracts';
import { z } from 'zod';
import { exitCodes } from '../exit-codes';
import { Failure } from '../failure';
import { failureOf, reach, urlOf, type Connection } from './client';
import { SseParser, type SseEvent } from './sse-parser';

const snapshot = z.object({ deployment, targets: z.array(target), isComplete: z.boolean() });

export type FollowedEvent =
  | { event: 'snapshot'; data: z.output<typeof snapshot> }
  | { event: 'target'; data: Payload<typeof targetChanged> }
  | { event: 'step'; data: Payload<typeof targetStepChanged> }
  | { event: 'deployment'; data: Payload<typeof deploymentChanged> }
  | { event: 'finished' };

/** The server sends something every 15 s; three times that is a dead connection. */
const silenceMs = 45_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** A server that stays away this long is reported as unreachable. */
const awayMs = 5 * 60_000;
/** Resuming after nothing: what happened before the connection was made is told as well. */
const fromTheBeginning = '0';

export interface Following {
  connection: Connection;
  deploymentId: string;
  signal: AbortSignal;
  onEvent(event: FollowedEvent): void;
  /** Called once for each time that the connection is lost. */
  onLost(reason: string): void;
}

/**
 * Resolves when the deployment has finished or the signal is aborted. The caller has reached the server a moment ago, so a
 * server that does not answer is waited for from the first connection on.
 * @throws Failure
 */
export async function followEvents(following: Following): Promise<void> {
  const progress = { lastId: fromTheBeginning, isFinished: false };
  let lostAt: number | undefined;
  for (let failures = 0; !progress.isFinished && !following.signal.aborted;) {
    try {
      await readOnce(following, progress, () => {
        failures = 0;
        lostAt = undefined;
      });
    } catch (error) {
      if (following.signal.aborted) return;
      if (error instanceof Failure && error.exitCode !== exitCodes.unreachable) throw error;
      lostAt ??= Date.now();
      if (failures === 0)
        following.onLost(error instanceof Failure ? error.message : 'the connection was lost');
      if (Date.now() - lostAt > awayMs) throw error;
    }
    if (progress.isFinished) return;
    await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures), following.signal);
    failures += 1;
  }
}

async function readOnce(
  { connection, deploymentId, signal, onEvent }: Following,
  progress: { lastId: string; isFinished: boolean },
  onConnected: () => void,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await reach(
      connection,
      urlOf(connection.server, { path: `/deployments/${deploymentId}/events` }),
      {
        headers: {
          accept: 'text/event-stream',
          'last-event-id': progress.lastId,
        },
        signal: AbortSignal.any([signal, silence.signal]),
      },
    );
    if (!response.ok) throw await failureOf(response, connection.server);
    const parser = new SseParser();
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) {
      onConnected();
      timer.refresh();
      for (const event of parser.push(decoder.decode(bytes as Uint8Array, { stream: true }))) {
        take(event, onEvent);
        progress.lastId = event.id ?? progress.lastId;
        if (event.name !== 'finished') continue;
        progress.isFinished = true;
        return;
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Kinds that this version does not know are passed over: a later server may send more. */
function take(event: SseEvent, onEvent: (event: FollowedEvent) => void): void {
  const data: unknown = JSON.parse(event.data);
  if (event.name === 'snapshot') onEvent({ event: 'snapshot', data: snapshot.parse(data) });
  else if (event.name === 'target') onEvent({ event: 'target', data: targetChanged.schema.parse(data) });
  else if (event.name === 'step') onEvent({ event: 'step', data: targetStepChanged.schema.parse(data) });
  else if (event.name === 'deployment')
    onEvent({ event: 'deployment', data: deploymentChanged.schema.parse(data) });
  else if (event.name === 'finished') onEvent({ event: 'finished' });
  else if (event.name === 'signedOut')
    throw new Failure(exitCodes.notSignedIn, 'the session has ended', 'Sign in again: drover login');
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
