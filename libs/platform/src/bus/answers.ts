/**
 * The answering side of a question: `@Answers(question)` on a controller's method. The interceptor validates the
 * request and the reply, continues the caller's trace, and carries a Problem back as a value.
 */
import { Injectable, Logger, SetMetadata, applyDecorators } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { MessagePattern, ServerNats, type NatsContext, type NatsOptions } from '@nestjs/microservices';
import { Problem, type ProblemBody, type Question } from '@drover/contracts';
import type { MsgHdrs } from 'nats';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { InFlight } from '../service/in-flight';
import type { ServiceTelemetry } from '../telemetry/telemetry';
import { inSpan } from '../telemetry/trace';
import { invalid } from './bus';

export const QUESTION = Symbol('question');

/** Marks a controller's method as the one that answers; it receives the validated request. */
export const Answers = (question: Question): MethodDecorator =>
  applyDecorators(MessagePattern(question.pattern), SetMetadata(QUESTION, question));

type Reply = { answer: unknown } | { problem: ProblemBody };

@Injectable()
export class QuestionInterceptor implements NestInterceptor {
  private readonly log = new Logger('Questions');

  constructor(
    private readonly reflector: Reflector,
    private readonly telemetry: ServiceTelemetry,
    private readonly inFlight: InFlight,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'rpc') return next.handle();
    const question = this.reflector.get<Question | undefined>(QUESTION, context.getHandler());
    if (question === undefined) return next.handle();
    return from(this.inFlight.track(() => this.telemetry.run(() => this.answer(question, context, next))));
  }

  private async answer(question: Question, context: ExecutionContext, next: CallHandler): Promise<Reply> {
    const carried = context.switchToRpc().getContext<NatsContext>().getHeaders() as MsgHdrs | undefined;
    const parent = carried?.get('traceparent');
    try {
      return await inSpan(`answer ${question.pattern}`, { kind: 'server', parent }, async () => {
        const request = question.request.safeParse(context.getArgByIndex(0));
        if (!request.success) throw invalid(request.error);
        context.getArgs()[0] = request.data;
        const reply = question.reply.safeParse(await lastValueFrom(next.handle()));
        if (!reply.success)
          throw new Error(`the answer to ${question.pattern} is not as declared`, { cause: reply.error });
        return { answer: reply.data };
      });
    } catch (error) {
      if (error instanceof Problem) return { problem: error.toBody() };
      this.log.error(`could not answer ${question.pattern}`, error);
      return { problem: internal(question.pattern).toBody() };
    }
  }
}

const internal = (pattern: string) =>
  new Problem('internal', 'Internal error', `${pattern} failed; the log of the service says why`, {
    remedy: 'Look for this request in the log of the service, or try again.',
  });

/** Nest's NATS server that can stop listening before it disconnects, so that answers under way still go out. */
export class QuestionServer extends ServerNats {
  private readonly listeners: { unsubscribe(): void }[] = [];

  constructor(options: Required<NatsOptions>['options']) {
    super(options);
  }

  override bindEvents(client: Parameters<ServerNats['bindEvents']>[0]): void {
    const recording = new Proxy(client as object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'subscribe' || typeof value !== 'function') return value;
        return (...subscription: unknown[]) => {
          const listener = Reflect.apply(value, target, subscription) as { unsubscribe(): void };
          this.listeners.push(listener);
          return listener;
        };
      },
    });
    super.bindEvents(recording as Parameters<ServerNats['bindEvents']>[0]);
  }

  /** Leaves further questions to other instances. */
  stopListening(): void {
    for (const listener of this.listeners.splice(0)) listener.unsubscribe();
  }
}
