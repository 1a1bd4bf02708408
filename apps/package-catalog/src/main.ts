/** Starts package-catalog alone. */
import 'reflect-metadata';
import { startAlone } from '@drover/platform';
import { PackageCatalogModule } from './module';

startAlone(PackageCatalogModule, { name: 'package-catalog' });
