export { PlatformError, type PlatformErrorKind } from './failure';
export {
  CONFIGURATION,
  loadConfiguration,
  required,
  type Configuration,
} from './configuration/configuration';
export { startTelemetry, type ServiceTelemetry } from './telemetry/telemetry';
export { activeTraceparent, inSpan, startTargetTrace, type SpanSettings } from './telemetry/trace';
export { nestLogger, processLog } from './logging/log';
export { Bus, invalid } from './bus/bus';
export { Answers } from './bus/answers';
export { Consumes, type ConsumerSettings, type MessageInfo } from './bus/consumes';
export { Jobs } from './jobs/jobs';
export { Works, type WorkerJob, type WorkerSettings } from './jobs/works';
export { DatabaseModule, openDatabase, type DatabaseSettings } from './database/database';
export { audit, type AuditEntry } from './database/audit';
export { Outbox, outboxRowsMax, type OutboxRow } from './outbox/outbox';
export { inboxOnce } from './outbox/inbox';
export { ensureKeyPair } from './secrets/key-pair';
export { Opener, OpenedPassword, Sealer, type SealableCredential } from './secrets/sealed-box';
export { PlatformModule, TELEMETRY, type PlatformSettings } from './service/platform-module';
export { startAlone } from './service/start-alone';
export { startService, type RunningService, type ServiceSettings } from './service/start-service';
export { Timers } from './service/timers';
export { InFlight } from './service/in-flight';
export { backOffMs, pause } from './service/pause';
export { Health, HealthController, type Readiness } from './service/health';
