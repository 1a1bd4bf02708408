import { PlatformModule } from '@drover/platform';
import { Module } from '@nestjs/common';
import { CatalogAnswers } from './handlers';
import { Packages1763700000000 } from './migrations/1763700000000-packages';
import { PackageSearch1763800000000 } from './migrations/1763800000000-package-search';

/** package-catalog: packages and their immutable versions. */
@Module({
  imports: [
    PlatformModule.forService({
      name: 'package-catalog',
      database: {
        schema: 'package_catalog',
        migrations: [Packages1763700000000, PackageSearch1763800000000],
      },
    }),
  ],
  controllers: [CatalogAnswers],
})
export class PackageCatalogModule {}
