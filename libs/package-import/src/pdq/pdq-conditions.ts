/** PDQ Deploy's conditions of a step or a package as one criterion; what no criterion can ask is told by its reason. */
import type { Criterion } from '@drover/domain';
import type { XmlElement } from '../xml/xml-element';

export interface PdqConditions {
  criteria: Criterion[];
  /** What cannot be asked, with its reason. */
  cannot: { what: string; reason: string; line: number }[];
}

export function readConditions(list: XmlElement | undefined): PdqConditions {
  const found: PdqConditions = { criteria: [], cannot: [] };
  list?.take('type');
  for (const condition of list?.takeAll('PackageStepCondition') ?? []) readCondition(condition, found);
  return found;
}

function readCondition(condition: XmlElement, found: PdqConditions): void {
  const type = condition.takeTextOf('TypeName') ?? '';
  const cannot = (reason: string): void => {
    found.cannot.push({
      what: `${type}: ${condition.children.map((c) => c.shown()).join(' ')}`,
      reason,
      line: condition.line,
    });
  };
  switch (type) {
    case 'OperatingSystem': {
      const architecture = condition.takeTextOf('Architecture') ?? 'Both';
      if (architecture === 'Bits64' || architecture === 'Bits32')
        found.criteria.push({ type: 'architecture', is: architecture === 'Bits64' ? 64 : 32 });
      else if (architecture !== 'Both') cannot(`the architecture “${architecture}” is not known`);
      const versions = versionCriterion(condition.takeTextOf('Version') ?? 'All');
      if (typeof versions === 'string') cannot(versions);
      else if (versions) found.criteria.push(versions);
      return;
    }
    case 'LoggedOnUser': {
      const mode = condition.takeTextOf('IsUserLoggedOn') ?? 'AlwaysRun';
      if (mode !== 'AlwaysRun') cannot('no criterion asks whether somebody is logged on');
      return;
    }
    case 'Collection': {
      const mode = condition.takeTextOf('ConditionMode') ?? 'None';
      condition.takeFirst('InventoryCollectionId')?.ignore();
      condition.takeFirst('InventoryCollectionName')?.ignore();
      if (mode !== 'None') cannot('collections are PDQ Inventory’s; choose the computers by a group');
      return;
    }
    default:
      cannot('this type of condition is not known');
      condition.ignore();
  }
}

const systems: ReadonlyMap<string, readonly [family: 'client' | 'server', from: string, below: string]> =
  new Map([
    ['WindowsXp', ['client', '5.1', '6.0']],
    ['WindowsVista', ['client', '6.0', '6.1']],
    ['Windows7', ['client', '6.1', '6.2']],
    ['Windows8', ['client', '6.2', '6.3']],
    ['Windows81', ['client', '6.3', '6.4']],
    ['Windows10', ['client', '10.0', '10.0.22000']],
    ['Windows11', ['client', '10.0.22000', '10.1']],
    // R2 of 2003 has the version of 2003.
    ['Server2003', ['server', '5.2', '6.0']],
    ['Server2003R2', ['server', '5.2', '6.0']],
    ['Server2008', ['server', '6.0', '6.1']],
    ['Server2008R2', ['server', '6.1', '6.2']],
    ['Server2012', ['server', '6.2', '6.3']],
    ['Server2012R2', ['server', '6.3', '6.4']],
    ['Server2016', ['server', '10.0.14393', '10.0.17763']],
    ['Server2019', ['server', '10.0.17763', '10.0.20348']],
    ['Server2022', ['server', '10.0.20348', '10.0.26100']],
    ['Server2025', ['server', '10.0.26100', '10.1']],
  ]);

/** A reason when a name is not known; undefined when every system is meant. */
function versionCriterion(text: string): Criterion | string | undefined {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('All')) return undefined;
  const criteria: Criterion[] = [];
  for (const name of names) {
    const system = systems.get(name);
    if (system) {
      const [family, from, below] = system;
      criteria.push({
        all: [
          { type: 'os', family, operator: '>=', version: from },
          { type: 'os', operator: '<', version: below },
        ],
      });
    } else if (name === 'AllServers') criteria.push({ type: 'os', family: 'server' });
    else if (name === 'AllWorkstations') criteria.push({ type: 'os', family: 'client' });
    else return `the system “${name}” is not known`;
  }
  const [only, second] = criteria;
  return only && second === undefined ? only : { any: criteria };
}
