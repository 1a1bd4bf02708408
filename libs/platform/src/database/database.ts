/** The service's DataSource: its own role, schema and migrations. */
import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { DataSource, type MigrationInterface } from 'typeorm';
import { CONFIGURATION, required, type Configuration } from '../configuration/configuration';
import { Outbox } from '../outbox/outbox';
import { PlatformTables1760000000000 } from './platform-tables';
import { prepareSchema, sessionOptions, withMigrationLock } from './schema';

export interface DatabaseSettings {
  /** Also names the role: drover_<schema>. */
  schema: string;
  /** TypeORM migrations: classes whose names end in a timestamp of 13 digits. They run inside the schema. */
  migrations: Type<MigrationInterface>[];
}

export const DATABASE = Symbol('DatabaseSettings');

/** Connects as the service's role, after its schema exists and its migrations have run under a lock. */
export async function openDatabase(
  configuration: Configuration,
  settings: DatabaseSettings,
): Promise<DataSource> {
  const url = required(configuration.databaseUrl, 'DATABASE_URL');
  await prepareSchema(url, settings.schema);
  const source = new DataSource({
    type: 'postgres',
    url,
    schema: settings.schema,
    applicationName: `drover ${settings.schema}`,
    installExtensions: false,
    poolSize: configuration.databasePoolSize,
    extra: { options: sessionOptions(settings.schema), keepAlive: true },
    migrations: [PlatformTables1760000000000, ...settings.migrations],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
  });
  await source.initialize();
  await withMigrationLock(url, settings.schema, () => source.runMigrations());
  return source;
}

@Global()
@Module({})
export class DatabaseModule {
  static forService(settings: DatabaseSettings): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: DATABASE, useValue: settings },
        {
          provide: DataSource,
          useFactory: (configuration: Configuration) => openDatabase(configuration, settings),
          inject: [CONFIGURATION],
        },
        Outbox,
      ],
      exports: [DATABASE, DataSource, Outbox],
    };
  }
}
