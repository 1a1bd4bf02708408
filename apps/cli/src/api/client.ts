/** The HTTP API, as the commands use it: checked replies, and a Failure with a remedy for everything else. */
import { problem, type ProblemBody } from '@drover/contracts';
import type { z } from 'zod';
import { exitCodeOf, exitCodes } from '../exit-codes';
import { Failure } from '../failure';

const requestTimeoutMs = 30_000;

export interface Connection {
  server: string;
  token: string | undefined;
}

export interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Where the request goes: the server's address, the prefix of the API, the path with its query. */
export function urlOf(server: string, { path, query = {} }: Pick<Request, 'path' | 'query'>): string {
  const url = new URL(`${server.replace(/\/+$/, '')}/api/v1${path}`);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url.href;
}

/** @throws Failure for an answer that is not a success, or not as `schema` says. */
export async function call<S extends z.ZodType>(
  connection: Connection,
  schema: S,
  request: Request,
): Promise<z.output<S>> {
  const { method = 'GET', body, headers = {} } = request;
  const response = await reach(connection, urlOf(connection.server, request), {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  if (!response.ok) throw await failureOf(response, connection.server);
  const text = await response.text();
  const read = schema.safeParse(text === '' ? undefined : parseJson(text, connection.server));
  if (read.success) return read.data;
  throw notDrover(connection.server, read.error);
}

/** `fetch` with the token; that nobody answers is a Failure. */
export async function reach(connection: Connection, url: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (connection.token !== undefined) headers.set('authorization', `Bearer ${connection.token}`);
  try {
    return await fetch(url, { ...init, headers, redirect: 'error' });
  } catch (error) {
    throw unreachable(connection.server, error);
  }
}

export async function failureOf(response: Response, server: string): Promise<Failure> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  const read = isProblem ? problem.safeParse(parseJson(await response.text(), server)) : undefined;
  if (!read?.success) return notDrover(server, undefined, `it answered ${response.status}`);
  return failureOfProblem(read.data);
}

export function failureOfProblem(body: ProblemBody): Failure {
  const details = (body.errors ?? []).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  // The detail repeats the fields in one sentence; a list is easier to read.
  const message = details.length > 0 ? body.title : `${body.title}: ${body.detail}`;
  return new Failure(exitCodeOf[body.kind], message, body.remedy, details);
}

const parseJson = (text: string, server: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notDrover(server, error);
  }
};

const notDrover = (server: string, cause: unknown, seen = 'its answer is not understood'): Failure =>
  new Failure(
    exitCodes.unreachable,
    `${server} does not answer as Drover does: ${seen}`,
    'Check the address (--server or DROVER_SERVER), and that both sides are of the same version.',
    [],
    cause,
  );

function unreachable(server: string, error: unknown): Failure {
  return new Failure(
    exitCodes.unreachable,
    `cannot reach ${server}: ${reasonOf(error)}`,
    'Is Drover running? Start it with npm start, or name another server with --server or DROVER_SERVER.',
    [],
    error,
  );
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name does not resolve',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no route to it',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer (timeout)',
};

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer (timeout)';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return (code && reasons[code]) ?? (cause instanceof Error ? cause.message : 'the connection failed');
}
