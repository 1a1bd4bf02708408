/**
 * How anything that crosses a process is declared: once, with its name, its schema and one sentence.
 * Types are inferred; libs/platform validates on both sides. docs/messages.md is generated from these declarations.
 */
import type { z } from 'zod';

/** A JetStream message. `subject` is a prefix; `stream` holds it. */
export interface Message<T extends z.ZodType = z.ZodType> {
  kind: 'message';
  stream: StreamName;
  subject: string;
  schema: T;
  sentence: string;
}

/** A NATS request with a reply. */
export interface Question<Q extends z.ZodType = z.ZodType, A extends z.ZodType = z.ZodType> {
  kind: 'question';
  pattern: string;
  request: Q;
  reply: A;
  sentence: string;
}

/** A BullMQ queue of one kind of job. */
export interface Queue<T extends z.ZodType = z.ZodType> {
  kind: 'queue';
  name: string;
  schema: T;
  sentence: string;
}

export type StreamName = 'FACTS' | 'PROGRESS' | 'EVENTS' | 'DEAD';

export type Payload<D> =
  D extends Message<infer T> ? z.output<T> : D extends Queue<infer T> ? z.output<T> : never;
export type Asked<D> = D extends Question<infer Q, z.ZodType> ? z.output<Q> : never;
export type Answer<D> = D extends Question<z.ZodType, infer A> ? z.output<A> : never;

export const message = <T extends z.ZodType>(
  stream: StreamName,
  subject: string,
  schema: T,
  sentence: string,
): Message<T> => ({
  kind: 'message',
  stream,
  subject,
  schema,
  sentence,
});

export const question = <Q extends z.ZodType, A extends z.ZodType>(
  pattern: string,
  request: Q,
  reply: A,
  sentence: string,
): Question<Q, A> => ({ kind: 'question', pattern, request, reply, sentence });

export const queue = <T extends z.ZodType>(name: string, schema: T, sentence: string): Queue<T> => ({
  kind: 'queue',
  name,
  schema,
  sentence,
});
