/** Starts the scheduler alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { SchedulerModule } from './module';

startAlone(SchedulerModule, { name: 'scheduler' });
