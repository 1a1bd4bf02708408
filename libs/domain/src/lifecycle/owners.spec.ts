import { unownedStatuses } from './owners';

const all = [
  { name: 'scheduler', handles: ['scheduler'] },
  { name: 'requirements-checker', handles: ['requirements-checker'] },
  { name: 'dispatcher', handles: ['dispatcher'] },
  { name: 'result-collector', handles: ['result-collector'] },
] as const;

it('is content when every status has one service', () => {
  expect(unownedStatuses(all)).toEqual([]);
});

it('names each status that no service handles', () => {
  expect(unownedStatuses(all.filter(({ name }) => name !== 'dispatcher'))).toEqual([
    'no service handles ready',
    'no service handles starting',
  ]);
});

it('names a status that two services handle', () => {
  const rival = { name: 'another', handles: ['requirements-checker'] } as const;
  expect(unownedStatuses([...all, rival])).toEqual(['requirements-checker and another both handle checking']);
});
