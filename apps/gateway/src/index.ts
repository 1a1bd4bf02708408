export { GatewayModule } from './module';
export { firstUsername } from './sessions/ensure-first-user';
export { firstPasswordFile, readFirstPassword } from './sessions/first-password.adapter';
