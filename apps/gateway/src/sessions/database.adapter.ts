import { randomBytes, randomUUID } from 'node:crypto';
import { audit } from '@drover/platform';
import { hash, verify } from '@node-rs/argon2';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FailedLoginsStore } from './failed-logins.store';
import type { GatewayPorts } from './ports';
import { SessionsStore } from './sessions.store';
import { UsersStore } from './users.store';

/** argon2id as OWASP's password storage cheat sheet recommends it: 19 MiB, two passes, one lane. */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The ports over Postgres and argon2. */
@Injectable()
export class GatewayAdapter {
  readonly ports: GatewayPorts;

  constructor(dataSource: DataSource) {
    this.ports = {
      transaction: (work) =>
        dataSource.transaction((manager) =>
          work({
            users: new UsersStore(manager),
            sessions: new SessionsStore(manager),
            failedLogins: new FailedLoginsStore(manager),
            audit: (entry) => audit(manager, entry),
          }),
        ),
      hashPassword: (password) => hash(password, argon2),
      verifyPassword: (encoded, password) => verify(encoded, password),
      randomBytes,
      now: () => new Date(),
      newId: randomUUID,
    };
  }
}
