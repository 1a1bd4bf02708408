export { run } from './run';
export { exitCodes, type ExitCode } from './exit-codes';
export { type Terminal } from './terminal';
