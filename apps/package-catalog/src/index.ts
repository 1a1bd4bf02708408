export { PackageCatalogModule } from './module';
