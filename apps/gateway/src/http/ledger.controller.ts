/** Targets and the settings of the ledger. */
import { changeSettings, getSettings, getTarget, id, settings } from '@drover/contracts';
import { Bus } from '@drover/platform';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { route, Serves, type Sent } from './route';

const showTarget = route({
  method: 'GET',
  path: '/targets/:id',
  summary: 'Shows a target with its history, verdicts, and steps with their output.',
  params: z.strictObject({ id }),
  reply: getTarget.reply,
});
const showSettings = route({
  method: 'GET',
  path: '/settings',
  summary: 'Shows the caps in force.',
  reply: settings,
});
const change = route({
  method: 'PATCH',
  path: '/settings',
  summary: 'Changes caps at once, without a restart.',
  body: z
    .strictObject(settings.partial().shape)
    .refine((changes) => Object.keys(changes).length > 0, 'name at least one setting'),
  reply: settings,
});

@Controller()
export class LedgerController {
  constructor(private readonly bus: Bus) {}

  @Serves(showTarget)
  showTarget({ params }: Sent<typeof showTarget>) {
    return this.bus.ask(getTarget, params);
  }

  @Serves(showSettings)
  showSettings(_sent: Sent<typeof showSettings>) {
    return this.bus.ask(getSettings, {});
  }

  @Serves(change)
  change({ body, session }: Sent<typeof change>) {
    return this.bus.ask(changeSettings, { actor: session.username, settings: body });
  }
}
