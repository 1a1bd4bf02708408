import { loadConfiguration, required } from './configuration';

describe('the configuration', () => {
  it('names every wrong setting and shows no value', () => {
    const wrong = { DATABASE_URL: 'mysql://root:hunter2@db', DROVER_PORT: 'eighty' };
    expect(() => loadConfiguration(wrong)).toThrow(/DATABASE_URL.*DROVER_PORT/);
    expect(() => loadConfiguration(wrong)).not.toThrow(/hunter2/);
  });

  it('takes an empty variable as absent', () => {
    expect(loadConfiguration({ REDIS_URL: '' }).redisUrl).toBeUndefined();
  });

  it('says which variable is missing', () => {
    expect(() => required(undefined, 'NATS_URL')).toThrow('NATS_URL is not set');
  });
});
