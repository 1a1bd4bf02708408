import { defaultRestartBegunCodes, exitMeaning } from '../package/exit-codes';
import type { Plan } from './plan';

/** Whether the runner may have to go on after a restart: only then does its task start with the computer. */
export function mayRestart(plan: Plan): boolean {
  return plan.steps.some((step) => {
    if (step.type === 'restart') return true;
    if (!('successCodes' in step) || typeof step.onSuccess !== 'number') return false;
    const codes = step.restartBegunCodes ?? defaultRestartBegunCodes;
    return codes.some((code) => exitMeaning(step, code) === 'restartBegun');
  });
}
