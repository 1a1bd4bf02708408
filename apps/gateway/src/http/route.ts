/**
 * How an HTTP route is declared: once, with its method, path, schemas and one sentence. `Serves` binds a controller's
 * method to it, so that what a handler receives has been checked, and /openapi.json comes from the same declaration.
 */
import { explainIssues, Problem, type Explained } from '@drover/contracts';
import {
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  Res,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { sessionOf } from './request-session';
import type { Session } from '../sessions/ports';

export const apiPrefix = '/api/v1';
export const ROUTE = Symbol('Route');

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the prefix, parameters written `:id`. */
  path: string;
  /** What it does, in one sentence. */
  summary: string;
  params?: z.ZodType;
  query?: z.ZodType;
  headers?: z.ZodType;
  body?: z.ZodType;
  reply?: z.ZodType;
  /** 200 unless said. */
  status?: number;
  /** Answered without a token. */
  isPublic?: boolean;
  /** The handler writes the reply by itself, as it does for server-sent events. */
  isStream?: boolean;
}

type Read<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler receives. */
export interface Sent<R extends Route> {
  params: Read<R['params']>;
  query: Read<R['query']>;
  headers: Read<R['headers']>;
  body: Read<R['body']>;
  /** Who asks. @throws on a public route without a session. */
  session: Session;
  /** The caller's address, as the server sees it. */
  address: string;
  setHeader(name: string, value: string): void;
}

export const route = <const R extends Route>(declaration: R): R => declaration;

type Handler<R extends Route> = (sent: Sent<R>, reply: FastifyReply) => Promise<unknown>;

/** Makes a controller's method the handler of `declaration`. */
export const Serves =
  <R extends Route>(declaration: R) =>
  <H extends Handler<R>>(target: object, key: string, descriptor: TypedPropertyDescriptor<H>): void => {
    SetMetadata(ROUTE, declaration)(target, key, descriptor);
    RequestMapping({
      method: RequestMethod[declaration.method],
      path: `${apiPrefix}${declaration.path}`,
    })(target, key, descriptor);
    HttpCode(declaration.status ?? 200)(target, key, descriptor);
    Input(declaration)(target, key, 0);
    if (declaration.isStream) Res()(target, key, 1);
  };

const Input = createParamDecorator((declaration: Route, context: ExecutionContext): Sent<Route> => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const reply = http.getResponse<FastifyReply>();
  return {
    ...readRequest(declaration, request),
    get session() {
      return sessionOf(request);
    },
    address: request.ip,
    setHeader: (name, value) => void reply.header(name, value),
  };
});

const parts = ['params', 'query', 'headers', 'body'] as const;
/** So many complaints are listed in one answer. */
const complaintsMax = 50;

/** @throws Problem 'invalid' naming every field that is wrong, in the words of the request. */
export function readRequest(
  declaration: Route,
  request: Pick<FastifyRequest, (typeof parts)[number]>,
): Pick<Sent<Route>, (typeof parts)[number]> {
  const read: Record<string, unknown> = {};
  const errors: { path: string; message: string }[] = [];
  for (const part of parts) {
    const schema = declaration[part];
    if (!schema) continue;
    const result = schema.safeParse(request[part] ?? {});
    if (result.success) read[part] = result.data;
    else errors.push(...explainIssues(result.error.issues).map((issue) => complaint(part, issue)));
  }
  if (errors.length === 0) return read as Pick<Sent<Route>, (typeof parts)[number]>;
  const listed = errors.slice(0, complaintsMax);
  throw new Problem(
    'invalid',
    'The request is not valid',
    listed.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; '),
    { remedy: 'Correct the fields that are named and send it again.', errors: listed },
  );
}

function complaint(part: (typeof parts)[number], issue: Explained): { path: string; message: string } {
  // Fields of the body are named as the caller wrote them; the other parts say where they are.
  const path = [...(part === 'body' ? [] : [part]), ...issue.path.map(String)].join('.');
  return { path, message: issue.message };
}
