/** Starts the gateway alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { GatewayModule } from './module';

startAlone(GatewayModule, { name: 'gateway', http: true });
