import { describeLedger } from '../test/behaviours';
import { FakeLedger } from '../test/fake-ledger';
import { describeProgress } from '../test/progress-behaviours';
import { World } from '../test/world';

const make = async (): Promise<World> => {
  const ledger = new FakeLedger();
  return new World(ledger, async () => ledger.takeOutbox());
};

describe('the ledger in memory', () => describeLedger(make, 1000));
describe('progress in memory', () => describeProgress(make));
