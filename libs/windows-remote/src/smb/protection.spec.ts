import { createHmac, randomBytes } from 'node:crypto';
import type { Header } from './messages/header';
import { commands, encodeMessage } from './messages/header';
import { ciphers, dialects, signingAlgorithms } from './messages/negotiate';
import { EmptyBody } from './messages/session';
import { SmbProtection } from './protection';

const shared = {
  dialect: dialects.smb311,
  sessionId: 7n,
  sessionKey: randomBytes(16),
  preauthHash: randomBytes(64),
};
const header: Header = {
  creditCharge: 1,
  status: 0,
  command: commands.echo,
  credits: 1,
  flags: 0,
  nextCommand: 0,
  messageId: 9n,
  processId: 0,
  treeId: 0,
  sessionId: 7n,
  signature: Buffer.alloc(16),
};

const pair = (cipher: number, signingAlgorithm: number) => ({
  client: new SmbProtection({ role: 'client', cipher, signingAlgorithm, ...shared }),
  server: new SmbProtection({ role: 'server', cipher, signingAlgorithm, ...shared }),
});

describe('protection of an SMB 3.1.1 session', () => {
  it.each(Object.entries(signingAlgorithms).filter(([name]) => name !== 'hmacSha256'))(
    'with %s accepts what the other end signed and nothing else',
    (_, algorithm) => {
      const { client, server } = pair(ciphers.aes128Gcm, algorithm);
      const message = encodeMessage(header, EmptyBody, {});
      expect(server.isSigned(message)).toBe(false);
      client.sign(message);
      expect(server.isSigned(message)).toBe(true);
      message[66]! ^= 1;
      expect(server.isSigned(message)).toBe(false);
    },
  );

  it.each([dialects.smb202, dialects.smb210])(
    'with dialect %i signs with HMAC-SHA256 and the session key itself, [MS-SMB2] 3.1.4.1',
    (dialect) => {
      const options = {
        ...shared,
        dialect,
        cipher: undefined,
        signingAlgorithm: signingAlgorithms.hmacSha256,
      };
      const message = encodeMessage(header, EmptyBody, {});
      new SmbProtection({ role: 'client', ...options }).sign(message);
      expect(new SmbProtection({ role: 'server', ...options }).isSigned(message)).toBe(true);
      const unsigned = Buffer.from(message);
      unsigned.fill(0, 48, 64);
      const expected = createHmac('sha256', shared.sessionKey).update(unsigned).digest();
      expect(message.subarray(48, 64)).toEqual(expected.subarray(0, 16));
    },
  );

  it('does not take a client signature made with GMAC for the server’s', () => {
    const { client } = pair(ciphers.aes128Gcm, signingAlgorithms.aesGmac);
    const message = encodeMessage(header, EmptyBody, {});
    client.sign(message);
    expect(client.isSigned(message)).toBe(false);
  });

  it.each(Object.entries(ciphers))(
    'with %s opens what the other end sealed and refuses a changed byte anywhere',
    (_, cipher) => {
      const { client, server } = pair(cipher, signingAlgorithms.aesCmac);
      const sealed = Buffer.concat(client.encrypt(Buffer.from('a message')));
      expect(server.decrypt(sealed).toString()).toBe('a message');
      for (const at of [5, 21, 45, sealed.length - 1]) {
        const changed = Buffer.from(sealed);
        changed[at]! ^= 1;
        expect(() => server.decrypt(changed)).toThrow('not authentic');
      }
      const again = Buffer.concat(client.encrypt(Buffer.from('a message')));
      expect(again.subarray(20, 36)).not.toEqual(sealed.subarray(20, 36));
    },
  );
});
