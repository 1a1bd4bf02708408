import { SetMetadata } from '@nestjs/common';
import type { Message } from '@drover/contracts';

export const CONSUMES = Symbol('consumes');

export interface ConsumerSettings {
  /** The consumer's name on the server: all instances of a service share it, and each message goes to one of them. */
  durable: string;
  /** A full subject filter; all of the message's subjects when absent. */
  filter?: string;
  /** Messages handled at once by this instance. */
  concurrency?: number;
  /** Deliveries after which a message goes to the DEAD stream. */
  deliveriesMax?: number;
}

export interface ConsumerDeclaration {
  message: Message;
  settings: ConsumerSettings;
}

/**
 * Marks a provider's method as the handler of a message: (payload, info: MessageInfo) => Promise<void>.
 * The message is acknowledged after the promise resolves, and comes again when it rejects.
 */
export const Consumes = (message: Message, settings: ConsumerSettings): MethodDecorator =>
  SetMetadata(CONSUMES, { message, settings } satisfies ConsumerDeclaration);

export interface MessageInfo {
  subject: string;
  /** Sequence in the stream. */
  sequence: number;
  /** The publisher's message id, for the inbox. */
  messageId: string;
  /** 1 for the first delivery. */
  delivery: number;
}
