export { AssetInventoryModule } from './module';
