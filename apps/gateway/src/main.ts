/** Starts the gateway alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { GatewayModule } from './module';

void startService(GatewayModule, { name: 'gateway', http: true });
