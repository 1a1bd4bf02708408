/** What every command gets, and how it reads the options that all commands share. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { call, type Connection, type Request } from '../api/client';
import { exitCodes, type ExitCode } from '../exit-codes';
import { connect } from '../session/connect';
import type { Terminal } from '../terminal';

/** Options that are understood before and after a command's name. */
export interface GlobalOptions {
  server?: string;
  json?: boolean;
}

export class CommandContext {
  /** What the process ends with; a command that returns nothing has succeeded. */
  exitCode: ExitCode = exitCodes.ok;

  constructor(readonly terminal: Terminal) {}

  /** A client that finds its server and its token at the first request. */
  api(options: GlobalOptions): Api {
    return new Api(this.terminal, options.server);
  }

  /** The one place where a command decides between people and programs. */
  print(options: GlobalOptions, value: unknown, text: () => string): void {
    this.terminal.out(options.json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
  }
}

export class Api {
  private found: Promise<Connection> | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly server: string | undefined,
  ) {}

  connection(): Promise<Connection> {
    return (this.found ??= connect(this.terminal, this.server));
  }

  async call<S extends z.ZodType>(schema: S, request: Request): Promise<z.output<S>> {
    return call(await this.connection(), schema, request);
  }
}

/** The options of a command together with those of the commands around it. */
export const optionsOf = <T extends object>(command: Command): T & GlobalOptions =>
  command.optsWithGlobals<T & GlobalOptions>();
