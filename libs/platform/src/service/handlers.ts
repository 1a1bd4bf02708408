/** Finds what the decorators of a service's controllers and providers declare, and refuses contradictions. */
import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import type { Question } from '@drover/contracts';
import { QUESTION } from '../bus/answers';
import { CONSUMES, type ConsumerDeclaration } from '../bus/consumes';
import { WORKS, type WorkerDeclaration } from '../jobs/works';
import { PlatformError } from '../failure';

type Method = (...input: unknown[]) => unknown;

export interface Handlers {
  questions: Question[];
  consumers: { declaration: ConsumerDeclaration; method: Method }[];
  workers: { declaration: WorkerDeclaration; method: Method }[];
}

@Injectable()
export class HandlerDiscovery {
  constructor(
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws PlatformError 'declaration' when two methods claim one question, durable consumer or queue. */
  find(): Handlers {
    const found: Handlers = { questions: [], consumers: [], workers: [] };
    const wrappers = [...this.discovery.getControllers(), ...this.discovery.getProviders()];
    const instances = new Set(wrappers.map((wrapper) => wrapper.instance as object | undefined));
    for (const instance of instances) {
      if (typeof instance !== 'object' || instance === null) continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      if (prototype === null || prototype === Object.prototype) continue;
      for (const name of this.scanner.getAllMethodNames(prototype)) this.collect(found, instance, name);
    }
    refuseTwice(
      'question',
      found.questions.map((question) => question.pattern),
    );
    refuseTwice(
      'durable consumer',
      found.consumers.map(({ declaration }) => declaration.settings.durable),
    );
    refuseTwice(
      'queue',
      found.workers.map(({ declaration }) => declaration.queue.name),
    );
    return found;
  }

  private collect(found: Handlers, instance: object, name: string): void {
    const method = (instance as Record<string, unknown>)[name];
    if (typeof method !== 'function') return;
    const bound = (method as Method).bind(instance);
    const question = this.reflector.get<Question | undefined>(QUESTION, method as Method);
    if (question) found.questions.push(question);
    const consumer = this.reflector.get<ConsumerDeclaration | undefined>(CONSUMES, method as Method);
    if (consumer) found.consumers.push({ declaration: consumer, method: bound });
    const worker = this.reflector.get<WorkerDeclaration | undefined>(WORKS, method as Method);
    if (worker) found.workers.push({ declaration: worker, method: bound });
  }
}

function refuseTwice(what: string, names: string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new PlatformError('declaration', `two handlers for the ${what} ${twice}`);
}
