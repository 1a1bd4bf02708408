import { PlatformModule } from '@drover/platform';
import { Module } from '@nestjs/common';
import { LedgerDuties } from './duties.adapter';
import { LedgerHandlers } from './handlers';
import { Ledger1760000000001 } from './migrations/1760000000001-ledger';

/** scheduler: the ledger, the only writer of a target's status. */
@Module({
  imports: [
    PlatformModule.forService({
      name: 'scheduler',
      database: { schema: 'scheduler', migrations: [Ledger1760000000001] },
    }),
  ],
  controllers: [LedgerHandlers],
  providers: [LedgerDuties],
})
export class SchedulerModule {}
