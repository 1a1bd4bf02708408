import {
  startOtlpReceiver,
  throwAwayServers,
  type OtlpReceiver,
  type ThrowAwayServers,
} from '@drover/testing';
import { Jobs, inSpan, startTargetTrace, startTelemetry } from '@drover/platform';
import { chores, greet, noted, startSample, type RunningSample } from './sample-service';

jest.setTimeout(60_000);

let servers: ThrowAwayServers;
let receiver: OtlpReceiver;
let service: RunningSample;

beforeAll(async () => {
  [servers, receiver] = await Promise.all([throwAwayServers(), startOtlpReceiver()]);
  service = await startSample(servers, { otlpEndpoint: receiver.endpoint });
});
afterAll(async () => {
  await service?.close();
  await receiver?.close();
  await servers?.close();
});

describe('one trace', () => {
  it('crosses a question, an outbox row, a message and a job, and names each service', async () => {
    const caller = startTelemetry({ serviceName: 'caller', otlpEndpoint: receiver.endpoint });
    const traceId = await caller.run(() =>
      inSpan('request', {}, async (span) => {
        await service.bus.ask(greet, { name: 'Ada' });
        await service.source.transaction((manager) =>
          service.outbox.add(manager, {
            key: 'k',
            kind: 'event',
            name: noted.subject,
            suffix: 'k',
            id: 'traced',
            payload: { text: 'traced' },
          }),
        );
        await service.get(Jobs).add(chores, { text: 'traced' }, { jobId: 'traced' });
        return span.spanContext().traceId;
      }),
    );
    await caller.shutdown();
    const names = ['answer sample.greet', `consume ${noted.subject}`, `work ${chores.name}`];
    for (const name of names) {
      const span = await receiver.span((s) => s.name === name && s.traceId === traceId);
      expect(span.service).toBe('sample');
      expect(span.parentSpanId).toBeDefined();
    }
    expect((await receiver.span((s) => s.name === 'request')).service).toBe('caller');
  });

  it('of a target is its own, and is linked to the request that asked for it', async () => {
    const ledger = startTelemetry({ serviceName: 'ledger', otlpEndpoint: receiver.endpoint });
    const { request, target } = await ledger.run(() =>
      inSpan('accept', {}, async (span) => ({
        request: span.spanContext(),
        target: startTargetTrace({ 'drover.target': 't1' }),
      })),
    );
    await ledger.shutdown();
    const root = await receiver.span((s) => s.name === 'target');
    expect(root.traceId).toBe(target.traceId);
    expect(root.traceId).not.toBe(request.traceId);
    expect(root.parentSpanId).toBeUndefined();
    expect(root.links[0]).toMatchObject({ traceId: request.traceId, spanId: request.spanId });
  });
});
