import { exitCodeText } from './words';

describe('an exit code', () => {
  it('is shown with what it is known to mean', () => {
    expect(exitCodeText(1603)).toMatch(/^1603 \(ERROR_INSTALL_FAILURE: /);
    expect(exitCodeText(-1073741819)).toMatch(/STATUS_ACCESS_VIOLATION/);
  });

  it('is shown alone when every program gives it another meaning', () => {
    expect([exitCodeText(0), exitCodeText(2), exitCodeText(123456)]).toEqual(['0', '2', '123456']);
  });
});
