/** Starts asset-inventory alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { AssetInventoryModule } from './module';

void startService(AssetInventoryModule, { name: 'asset-inventory' });
