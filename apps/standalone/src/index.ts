export { startDrover, type RunningDrover } from './drover';
export { Progress } from './progress';
export { samplePackageName } from './seeds';
export { readSettings, type StandaloneSettings } from './settings';
