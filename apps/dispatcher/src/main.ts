/** Starts dispatcher alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { DispatcherModule } from './module';

void startService(DispatcherModule, { name: 'dispatcher' });
