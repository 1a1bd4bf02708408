/** How a refused question travels: every service answers these, the gateway maps them to HTTP, the CLI to exit codes. */
import { z } from 'zod';

export const problemKinds = [
  'invalid',
  'notFound',
  'conflict',
  'forbidden',
  'unauthenticated',
  'unavailable',
  'internal',
] as const;
export type ProblemKind = (typeof problemKinds)[number];

/** RFC 9457 members that Drover fills; `remedy` and `errors` are extensions. */
export const problem = z.object({
  kind: z.enum(problemKinds),
  title: z.string(),
  detail: z.string(),
  remedy: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type ProblemBody = z.output<typeof problem>;

export const httpStatusOf: Record<ProblemKind, number> = {
  invalid: 422,
  notFound: 404,
  conflict: 409,
  forbidden: 403,
  unauthenticated: 401,
  unavailable: 503,
  internal: 500,
};

/** An expected refusal of a request: thrown by use cases, carried over NATS and HTTP as its body. */
export class Problem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly title: string,
    detail: string,
    readonly more: { remedy?: string; errors?: { path: string; message: string }[] } = {},
    cause?: unknown,
  ) {
    super(detail, { cause });
    this.name = 'Problem';
  }

  toBody(): ProblemBody {
    return { kind: this.kind, title: this.title, detail: this.message, ...this.more };
  }

  static from(body: ProblemBody): Problem {
    return new Problem(body.kind, body.title, body.detail, {
      ...(body.remedy !== undefined && { remedy: body.remedy }),
      ...(body.errors !== undefined && { errors: body.errors }),
    });
  }
}
