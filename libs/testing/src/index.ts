export { FakeComputer, type FakeTask, type JournalContent } from './fake-computer/fake-computer';
export { FakeLedger, fakeTargetId } from './fake-ledger/fake-ledger';
export { FakeClock, FakeCredentials } from './fake-ledger/fake-ports';
