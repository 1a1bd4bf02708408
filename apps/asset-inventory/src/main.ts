/** Starts asset-inventory alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { AssetInventoryModule } from './module';

startAlone(AssetInventoryModule, { name: 'asset-inventory' });
