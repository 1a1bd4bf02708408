import { PlatformModule } from '@drover/platform';
import { Module } from '@nestjs/common';
import { InventoryAnswers } from './handlers';
import { AssetsAndCredentials1763700000000 } from './migrations/1763700000000-assets-and-credentials';

/** asset-inventory: assets, credentials as sealed text, and the rules about their use. */
@Module({
  imports: [
    PlatformModule.forService({
      name: 'asset-inventory',
      database: { schema: 'asset_inventory', migrations: [AssetsAndCredentials1763700000000] },
    }),
  ],
  controllers: [InventoryAnswers],
})
export class AssetInventoryModule {}
