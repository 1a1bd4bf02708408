/** Starts the scheduler alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { SchedulerModule } from './module';

void startService(SchedulerModule, { name: 'scheduler' });
