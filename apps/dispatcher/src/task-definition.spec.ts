import { namesOfAttempt } from '@drover/remote-work';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { taskDefinition } from './task-definition';

const names = namesOfAttempt('0f9a3c52-6f0e-4a63-9a6e-2f4d7c1b8e01', 1);
const wishes = {
  names,
  runnerPath: 'C:\\Windows\\Drover\\runner-ab.exe',
  maximumDurationSeconds: 900,
  retainUntil: new Date('2026-12-21T10:15:00.500Z'),
  mayRestart: false,
};
const xml = taskDefinition(wishes);
const read = (text: string) =>
  new XMLParser({ processEntities: false, parseTagValue: false }).parse(text).Task;
const task = read(xml);

describe('the task of an attempt', () => {
  it('is well-formed', () => {
    expect(XMLValidator.validate(xml)).toBe(true);
  });

  it('is inert: without an argument the runner is not told to begin', () => {
    expect(task.Actions.Exec).toEqual({
      Command: 'C:\\Windows\\Drover\\runner-ab.exe',
      Arguments: `${names.name} $(Arg1)`,
    });
    expect(Object.keys(task.Triggers)).toEqual(['TimeTrigger']);
  });

  it('starts with the computer, as inert, only when the plan may restart it', () => {
    const restarting = read(taskDefinition({ ...wishes, mayRestart: true }));
    expect(restarting.Triggers.BootTrigger).toEqual({
      EndBoundary: '2027-01-20T10:15:00Z',
      Enabled: 'true',
      Delay: 'PT30S',
    });
    expect(restarting.Actions).toEqual(task.Actions);
  });

  it('sweeps at the retention deadline in UTC and expires after it', () => {
    expect(task.Triggers.TimeTrigger).toMatchObject({
      StartBoundary: '2026-12-21T10:15:00Z',
      EndBoundary: '2027-01-20T10:15:00Z',
    });
    expect(task.Settings.DeleteExpiredTaskAfter).toBe('PT0S');
  });

  it('runs once at a time, as SYSTEM, whatever the battery says, and longer than the package may take', () => {
    expect(task.Principals.Principal).toEqual({ UserId: 'S-1-5-18', RunLevel: 'HighestAvailable' });
    expect(task.Settings).toMatchObject({
      MultipleInstancesPolicy: 'IgnoreNew',
      StopIfGoingOnBatteries: 'false',
      AllowHardTerminate: 'true',
      ExecutionTimeLimit: 'PT1500S',
      Priority: '5',
    });
  });
});
