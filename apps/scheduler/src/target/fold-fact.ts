/** Folds what is reported about a target into the ledger: row, history and outbox in one transaction. */
import type { targetFact } from '@drover/contracts';
import { factId, targetChanged, deploymentChanged, type Payload } from '@drover/contracts';
import { isFinal, ownerOf, type Fact } from '@drover/domain';
import type { LedgerTransaction, LockedTarget, Ports } from '../ports';
import { decide, isLateResult, lateArrow, parked, type Decision, type Report } from './decide';
import { isHolding, ledgerFacts, type Arrow, type TargetState } from './target';

export type Folded =
  | { result: 'folded'; target: TargetState }
  /** Late, repeated, unknown, or not this reporter's to say: counted, and otherwise ignored. */
  | { result: 'ignored' }
  /** The computer belongs to another target; this one looks again later. */
  | { result: 'parked' };

const consumer = 'scheduler-facts';

/**
 * A fact from the bus, folded at most once: the generation rises with every fold, in the same transaction, so a
 * repeated fact is stale and needs no inbox. Only a late result, which moves nothing, is remembered by its id.
 * A result that arrives after `timedOut` or `lost` is attached to the history and changes no status.
 */
export async function foldFact(ports: Ports, fact: Payload<typeof targetFact>): Promise<Folded> {
  if (ledgerFacts.includes(fact.fact)) return ignored(ports);
  const report: Report = {
    fact: fact.fact,
    at: new Date(fact.at),
    cause: storable(fact.cause),
    verdicts: storable(fact.verdicts),
    lastExitCode: fact.lastExitCode,
  };
  const folded = await ports.ledger.transaction(async (tx): Promise<Folded> => {
    const locked = await tx.lockTarget(fact.targetId);
    if (locked === undefined) return { result: 'ignored' };
    const { target } = locked;
    const isCurrent = target.generation === fact.generation && target.attempt === fact.attempt;
    if (!isCurrent && !isLateResult(target, fact.fact, fact.attempt)) return { result: 'ignored' };
    if (isCurrent) return commitReport(ports, tx, locked, report);
    if (!(await tx.isFirst(consumer, factId(fact)))) return { result: 'ignored' };
    await tx.appendHistory(target.id, [lateArrow(target, report, ports.now())]);
    return { result: 'folded', target };
  });
  return settled(ports, folded);
}

/** A fact of the ledger's own (a timer, a cancel), chosen when the target is locked; undefined leaves it alone. */
export async function foldOwn(
  ports: Ports,
  targetId: string,
  choose: (locked: LockedTarget, now: Date) => Fact | undefined,
): Promise<Folded> {
  const folded = await ports.ledger.transaction(async (tx): Promise<Folded> => {
    const locked = await tx.lockTarget(targetId);
    const now = ports.now();
    const fact = locked && choose(locked, now);
    if (locked === undefined || fact === undefined) return { result: 'ignored' };
    const { id, deploymentId, traceparent } = locked.target;
    const attributes = { 'drover.target': id, 'drover.deployment': deploymentId };
    return ports.traces.within(`fold ${fact}`, traceparent, attributes, () =>
      commitReport(ports, tx, locked, { fact, at: now }),
    );
  });
  return folded.result === 'ignored' ? folded : settled(ports, folded);
}

/** Decides and writes, inside the caller's transaction, with the target locked. */
export async function commitReport(
  ports: Ports,
  tx: LedgerTransaction,
  locked: LockedTarget,
  report: Report,
): Promise<Folded> {
  const before = locked.target;
  const now = ports.now();
  const decision = decide(before, report, locked.rules, now);
  if (decision === undefined) return { result: 'ignored' };
  if (isHolding(decision.target.status) && !isHolding(before.status)) {
    const holder = await tx.holderOf(before);
    if (holder !== undefined) {
      await tx.saveTarget(parked(before, holder, now));
      return { result: 'parked' };
    }
  }
  await tx.saveTarget(decision.target, decision.arrows);
  for (const arrow of decision.arrows) announce(tx, decision.target, arrow);
  hand(tx, decision);
  if (isFinal(decision.target.status) || (isHolding(before.status) && !isHolding(decision.target.status)))
    await tx.wakeNextOn(before.assetId, now);
  if (isFinal(decision.target.status)) await end(ports, tx, decision.target);
  return { result: 'folded', target: decision.target };
}

/** Wakes the loops that the change concerns; called after the commit, so that they see it. */
export function settled(ports: Ports, folded: Folded): Folded {
  if (folded.result === 'ignored') return ignored(ports);
  if (folded.result === 'folded') {
    ports.wake('release');
    if (!isHolding(folded.target.status)) ports.wake('timers');
  }
  return folded;
}

function ignored(ports: Ports): Folded {
  ports.counters.staleFacts += 1;
  return { result: 'ignored' };
}

/** A hostile computer's words: Postgres refuses U+0000 and lone surrogates in JSON. */
const storable = <T>(words: T): T =>
  words === undefined
    ? words
    : (JSON.parse(JSON.stringify(words), (_key, value: unknown) =>
        typeof value === 'string'
          ? Buffer.from(value, 'utf8').toString('utf8').replaceAll('\u0000', '\ufffd')
          : value,
      ) as T);

function announce(tx: LedgerTransaction, target: TargetState, arrow: Arrow): void {
  tx.publish({
    message: targetChanged,
    key: target.id,
    suffix: target.deploymentId,
    id: `${target.id}-${arrow.generation}-changed`,
    payload: {
      deploymentId: target.deploymentId,
      targetId: target.id,
      assetId: target.assetId,
      assetName: target.assetName,
      attempt: arrow.attempt,
      generation: arrow.generation,
      status: arrow.to,
      outcome: target.outcome,
      at: arrow.at.toISOString(),
      ...(target.cause !== null && { cause: target.cause }),
      ...(target.traceId !== null && { traceId: target.traceId }),
    },
  });
}

/** The collector gets its job at once; jobs of the checker and the dispatcher wait for their turn (release-jobs.ts). */
function hand(tx: LedgerTransaction, { target }: Decision): void {
  if (ownerOf(target.status) !== 'result-collector') return;
  const { id: targetId, attempt, generation, deploymentId, traceparent } = target;
  tx.enqueue('result-collector', { targetId, attempt, generation, deploymentId }, traceparent);
}

async function end(ports: Ports, tx: LedgerTransaction, target: TargetState): Promise<void> {
  if ((await tx.countEnded(target.deploymentId)) > 0) return;
  const now = ports.now();
  await tx.finishDeployment(target.deploymentId, now);
  tx.publish({
    message: deploymentChanged,
    key: target.deploymentId,
    suffix: target.deploymentId,
    id: `${target.deploymentId}-finished`,
    payload: {
      deploymentId: target.deploymentId,
      state: 'finished',
      counts: await tx.countsOf(target.deploymentId),
      at: now.toISOString(),
    },
  });
}
