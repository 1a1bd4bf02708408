export { SchedulerModule } from './module';
