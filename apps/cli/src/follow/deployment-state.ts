/** What a follower knows: folded from a snapshot and events, which may repeat or arrive after newer ones. */
import { isFinal, type Status } from '@drover/domain';
import type { Cause } from '@drover/contracts';
import type { FollowedEvent } from '../api/deployment-events';

export interface TargetLine {
  targetId: string;
  name: string;
  status: Status;
  /** Visible before the target has reached it. */
  outcome: string | null;
  generation: number;
  step: string;
  lastOutput: string;
  exitCode: number | null;
  cause: Cause | null;
  since: string;
}

export class DeploymentState {
  packageName = '';
  packageVersion = 0;
  expected = 0;
  private readonly targets = new Map<string, TargetLine>();

  /** Whether anything is different afterwards. */
  fold(event: FollowedEvent): boolean {
    if (event.event === 'snapshot') return this.foldSnapshot(event.data);
    if (event.event === 'target') return this.foldTarget(event.data);
    return event.event === 'step' ? this.foldStep(event.data) : false;
  }

  lines(): TargetLine[] {
    return [...this.targets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  line(targetId: string): TargetLine | undefined {
    return this.targets.get(targetId);
  }

  /** How many targets are in each status, the most frequent first. */
  counts(): [Status, number][] {
    const counts = new Map<Status, number>();
    for (const { status } of this.targets.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  }

  ended(): number {
    return this.lines().filter(({ status }) => isFinal(status)).length;
  }

  private foldSnapshot({ deployment, targets }: (FollowedEvent & { event: 'snapshot' })['data']): boolean {
    this.packageName = deployment.packageName;
    this.packageVersion = deployment.packageVersion;
    this.expected = deployment.targets;
    for (const target of targets) {
      const known = this.targets.get(target.id);
      if (known && known.generation > target.generation) continue;
      this.targets.set(target.id, {
        targetId: target.id,
        name: target.assetName,
        status: target.status,
        outcome: target.outcome,
        generation: target.generation,
        step: target.currentStep?.name ?? known?.step ?? '',
        lastOutput: known?.lastOutput ?? '',
        exitCode: target.lastExitCode,
        cause: target.cause,
        since: target.statusSince,
      });
    }
    return true;
  }

  private foldTarget(data: (FollowedEvent & { event: 'target' })['data']): boolean {
    const known = this.targets.get(data.targetId);
    if (known && known.generation >= data.generation) return false;
    this.targets.set(data.targetId, {
      targetId: data.targetId,
      name: data.assetName,
      status: data.status,
      outcome: data.outcome,
      generation: data.generation,
      step: known?.step ?? '',
      lastOutput: known?.lastOutput ?? '',
      exitCode: known?.exitCode ?? null,
      cause: data.cause ?? null,
      since: data.at,
    });
    return true;
  }

  private foldStep(data: (FollowedEvent & { event: 'step' })['data']): boolean {
    const known = this.targets.get(data.targetId);
    if (!known) return false;
    const lastLine = data.output?.trimEnd().split('\n').at(-1);
    this.targets.set(data.targetId, {
      ...known,
      step: data.stepName,
      lastOutput: lastLine ?? known.lastOutput,
      exitCode: data.exitCode ?? known.exitCode,
    });
    return true;
  }
}
