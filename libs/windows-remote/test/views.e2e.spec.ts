import type { WindowsHost as Host } from '../src/index';
import { WindowsCredential, WindowsHost } from '../src/index';
import type { Peer } from './peer';
import { describePeer, startPeer } from './peer';

jest.setTimeout(150_000);

describePeer('both views of the registry, as Wine keeps them', () => {
  let peer: Peer;
  let host: Host;

  beforeAll(async () => {
    peer = await startPeer({ addresses: ['127.31.1.14'], runner: 'wine', registry: 'wine' });
    const [computer] = peer.hosts;
    host = await WindowsHost.connect(
      { address: computer!.address, name: computer!.name },
      new WindowsCredential({ username: peer.username, password: peer.password }),
    );
  });
  afterAll(async () => {
    await host?.close();
    await peer?.stop();
  });

  it('keeps the same path twice, each view to itself', async () => {
    const path = 'SOFTWARE\\Drover\\view';
    for (const view of ['64', '32'] as const) {
      const { key, disposition } = await host.registry.createKey(path, { view });
      expect(disposition).toBe('created');
      await key.setValue('View', { type: 'sz', text: view });
    }
    const behind = await host.registry.openKey('SOFTWARE\\WOW6432Node\\Drover\\view');
    expect(await behind?.getValue('View')).toEqual({ type: 'sz', text: '32' });
    expect(await host.registry.deleteKey(path, { view: '32' })).toBe(true);
    expect(await host.registry.deleteKey(path, { view: '32' })).toBe(false);
    expect(await host.registry.openKey(path, { view: '32' })).toBeUndefined();
    const kept = await host.registry.openKey(path);
    expect(await kept?.getValue('View')).toEqual({ type: 'sz', text: '64' });
    expect(await host.registry.deleteTree(path)).toBe(true);
  });
});
