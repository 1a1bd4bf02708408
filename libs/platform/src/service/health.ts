import { Controller, Get, HttpCode, HttpException, Inject, Injectable, Optional } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Bus } from '../bus/bus';
import { Jobs } from '../jobs/jobs';

const checkTimeoutMs = 2_000;

export interface Readiness {
  isReady: boolean;
  /** `up`, or why not, by server. */
  servers: Record<string, string>;
}

/** Whether the servers that this service needs answer. */
@Injectable()
export class Health {
  constructor(
    @Inject(Bus) private readonly bus: Bus,
    @Inject(Jobs) private readonly jobs: Jobs,
    @Optional() @Inject(DataSource) private readonly source?: DataSource,
  ) {}

  async readiness(): Promise<Readiness> {
    const checks: [string, Promise<unknown>][] = [
      ['nats', this.bus.connection.flush()],
      ['redis', this.jobs.ping()],
    ];
    if (this.source) checks.push(['postgres', this.source.query('SELECT 1')]);
    const answers = await Promise.all(
      checks.map(async ([name, check]) => [name, await state(check)] as const),
    );
    return { isReady: answers.every(([, answer]) => answer === 'up'), servers: Object.fromEntries(answers) };
  }
}

@Controller('health')
export class HealthController {
  constructor(@Inject(Health) private readonly health: Health) {}

  @Get('live')
  @HttpCode(200)
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @Get('ready')
  async ready(): Promise<Readiness> {
    const readiness = await this.health.readiness();
    if (!readiness.isReady) throw new HttpException(readiness, 503);
    return readiness;
  }
}

async function state(check: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('does not answer'), checkTimeoutMs);
  });
  try {
    return await Promise.race([check.then(() => 'up'), late]);
  } catch (error) {
    return error instanceof Error ? `down (${error.name})` : 'down';
  } finally {
    clearTimeout(timer);
  }
}
