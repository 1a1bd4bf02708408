/** Starts package-catalog alone. */
import 'reflect-metadata';
import { startService } from '@drover/platform';
import { PackageCatalogModule } from './module';

void startService(PackageCatalogModule, { name: 'package-catalog' });
