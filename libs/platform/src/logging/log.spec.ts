import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTelemetry } from '../telemetry/telemetry';
import { processLog } from './log';

const folder = mkdtempSync(join(tmpdir(), 'drover-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the log', () => {
  it('names the service, prints the chain of causes and redacts secrets', () => {
    const file = join(folder, 'log');
    const log = processLog({ level: 'info', file });
    const error = new Error('could not dispatch', { cause: new Error('the socket closed') });
    startTelemetry({ serviceName: 'dispatcher' }).run(() => {
      log.error('it failed', error, { credential: { username: 'deploy', password: 'hunter2' } }, 'Dispatch');
    });
    const written = readFileSync(file, 'utf8');
    expect(written).toContain('"service":"dispatcher"');
    expect(written).toContain('the socket closed');
    expect(written).toContain('deploy');
    expect(written).not.toContain('hunter2');
  });
});
