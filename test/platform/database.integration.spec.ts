import { throwAwayServers, type ThrowAwayServers } from '@drover/testing';
import { loadConfiguration, openDatabase } from '@drover/platform';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';
import { Notes1760000000001 } from './sample-service';

jest.setTimeout(60_000);

let servers: ThrowAwayServers;
beforeAll(async () => {
  servers = await throwAwayServers();
});
afterAll(async () => {
  await servers?.close();
});

const open = (schema: string, databaseUrl = servers.databaseUrl): Promise<DataSource> =>
  openDatabase(
    { ...loadConfiguration(servers.environment), databaseUrl },
    { schema, migrations: [Notes1760000000001] },
  );

describe("a service's database", () => {
  it('is migrated once when several instances start at the same time', async () => {
    const instances = await Promise.all([open('several'), open('several'), open('several')]);
    const [first] = instances;
    expect(await first?.query('SELECT name FROM migrations ORDER BY name')).toHaveLength(2);
    await Promise.all(instances.map((instance) => instance.destroy()));
  });

  it('cannot be read by another service', async () => {
    const [own, other] = await Promise.all([open('own'), open('other')]);
    await own.query(`INSERT INTO notes (text) VALUES ('mine')`);
    await expect(other.query('SELECT * FROM own.notes')).rejects.toThrow('permission denied');
    expect(await other.query('SELECT * FROM notes')).toEqual([]);
    await Promise.all([own.destroy(), other.destroy()]);
  });

  it('is made by an account that may create roles and is no superuser', async () => {
    const administrator = new Client({ connectionString: servers.databaseUrl });
    await administrator.connect();
    const { database } = administrator;
    const account = `account_${database}`;
    const password = 'only-for-this-test';
    await administrator.query(`CREATE ROLE ${account} LOGIN CREATEROLE PASSWORD '${password}'`);
    await administrator.query(`GRANT CREATE ON DATABASE ${database} TO ${account}`);
    await administrator.query('DROP ROLE IF EXISTS drover_modest');
    const url = new URL(servers.databaseUrl);
    url.username = account;
    url.password = password;
    const modest = await open('modest', url.href);
    expect(await modest.query('SELECT current_user AS "user"')).toEqual([{ user: 'drover_modest' }]);
    await modest.destroy();
    await administrator.query(`DROP OWNED BY drover_modest, ${account} CASCADE`);
    await administrator.query(`DROP ROLE drover_modest, ${account}`);
    await administrator.end();
  });
});
