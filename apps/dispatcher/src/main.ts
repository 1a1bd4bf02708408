/** Starts dispatcher alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { DispatcherModule } from './module';

startAlone(DispatcherModule, { name: 'dispatcher' });
