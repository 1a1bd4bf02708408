/** Answers what the scheduler answers, from memory, and publishes the events that a test tells it to. */
import { randomUUID } from 'node:crypto';
import {
  cancelDeployment,
  changeSettings,
  createDeployment,
  deploymentChanged,
  getDeployment,
  getSettings,
  getTarget,
  listDeployments,
  listTargets,
  Problem,
  resolveAssets,
  targetChanged,
  targetStepChanged,
  type Answer,
  type Asked,
  type Deployment,
  type Settings,
  type StepRun,
  type Target,
} from '@drover/contracts';
import { isFinal, type Status } from '@drover/domain';
import { Answers, Bus, PlatformModule } from '@drover/platform';
import { Controller, Module } from '@nestjs/common';

const at = (): string => new Date().toISOString();

@Controller()
export class ScriptedLedger {
  readonly deployments = new Map<string, Deployment & { key: string | undefined }>();
  readonly targets = new Map<string, Target>();
  readonly steps = new Map<string, StepRun[]>();
  readonly asked: Asked<typeof createDeployment>[] = [];
  private caps: Settings = { deploymentThreads: 8, runningMaximum: 500 };

  constructor(private readonly bus: Bus) {}

  @Answers(createDeployment)
  async create(request: Asked<typeof createDeployment>): Promise<Answer<typeof createDeployment>> {
    this.asked.push(request);
    const again = [...this.deployments.values()].find(
      ({ key }) => key !== undefined && key === request.requestKey,
    );
    if (again) return again;
    const { assets } = await this.bus.ask(resolveAssets, { assetIds: request.assetIds });
    const deployment = {
      id: randomUUID(),
      packageId: request.packageId,
      packageName: 'Say hello',
      packageVersion: request.version ?? 1,
      runMode: 'system' as const,
      state: 'active' as const,
      options: request.options,
      createdAt: at(),
      createdBy: request.actor,
      finishedAt: null,
      counts: { waiting: assets.length },
      targets: assets.length,
      key: request.requestKey,
    };
    this.deployments.set(deployment.id, deployment);
    for (const asset of assets) this.addTarget(deployment.id, asset.id, asset.name);
    return deployment;
  }

  @Answers(getDeployment)
  async get({ id }: Asked<typeof getDeployment>): Promise<Deployment> {
    return this.known(id);
  }

  @Answers(listDeployments)
  async list(): Promise<Answer<typeof listDeployments>> {
    return { deployments: [...this.deployments.values()].reverse() };
  }

  @Answers(listTargets)
  async listTargets({
    deploymentId,
    status,
  }: Asked<typeof listTargets>): Promise<Answer<typeof listTargets>> {
    const targets = this.of(deploymentId).filter((target) => !status || target.status === status);
    return { targets, total: targets.length };
  }

  @Answers(getTarget)
  async getTarget({ id }: Asked<typeof getTarget>): Promise<Answer<typeof getTarget>> {
    const target = this.targets.get(id);
    if (!target) throw new Problem('notFound', 'No such target', `there is no target with the id ${id}`);
    return { ...target, history: [], verdicts: [], steps: this.steps.get(id) ?? [] };
  }

  @Answers(cancelDeployment)
  async cancel({ id }: Asked<typeof cancelDeployment>): Promise<Deployment> {
    const deployment = this.known(id);
    deployment.state = 'cancelling';
    return deployment;
  }

  @Answers(getSettings)
  async settings(): Promise<Settings> {
    return this.caps;
  }

  @Answers(changeSettings)
  async change({ settings }: Asked<typeof changeSettings>): Promise<Settings> {
    this.caps = { ...this.caps, ...(settings as Partial<Settings>) };
    return this.caps;
  }

  /** The targets of a deployment by name. */
  of(deploymentId: string): Target[] {
    return [...this.targets.values()]
      .filter((target) => target.deploymentId === deploymentId)
      .sort((a, b) => (a.assetName < b.assetName ? -1 : 1));
  }

  /** Moves a target and tells it, as the ledger's outbox would. */
  async move(target: Target, status: Status, more: Partial<Target> = {}): Promise<void> {
    const generation = target.generation + 1;
    const outcome = isFinal(status) ? status : target.outcome;
    Object.assign(target, { status, outcome, generation, statusSince: at(), ...more });
    const { deploymentId, assetId, assetName, attempt, cause } = target;
    await this.bus.publish(
      targetChanged,
      {
        ...{ deploymentId, targetId: target.id, assetId, assetName, attempt, generation, status, outcome },
        at: at(),
        ...(cause && { cause }),
      },
      { suffix: deploymentId, messageId: randomUUID() },
    );
  }

  /** Runs one step of a target with its output. */
  async step(target: Target, stepName: string, output: string, exitCode: number): Promise<void> {
    const { deploymentId, id: targetId, assetName, attempt } = target;
    const common = { deploymentId, targetId, assetName, attempt, run: 0, step: 0, stepName, at: at() };
    const state = exitCode === 0 ? 'succeeded' : 'failed';
    for (const event of [
      { ...common, state: 'running' as const, exitCode: null },
      { ...common, state, exitCode, output } as const,
    ])
      await this.bus.publish(targetStepChanged, event, { suffix: deploymentId, messageId: randomUUID() });
    target.lastExitCode = exitCode;
    const { run, step } = common;
    this.steps.set(targetId, [
      {
        attempt,
        run,
        step,
        stepName,
        state,
        ended: 'exited',
        startedAt: at(),
        endedAt: at(),
        exitCode,
        win32Error: 0,
        output,
        droppedBytes: 0,
      },
    ]);
  }

  /** Finishes a deployment in the books; `isTold` false is a bus that has lost the news. */
  async finish(deploymentId: string, isTold = true): Promise<void> {
    const deployment = this.known(deploymentId);
    Object.assign(deployment, { state: 'finished', finishedAt: at() });
    deployment.counts = {};
    for (const { status } of this.of(deploymentId))
      deployment.counts[status] = (deployment.counts[status] ?? 0) + 1;
    const { counts } = deployment;
    const event = { deploymentId, state: 'finished' as const, counts, at: at() };
    if (isTold)
      await this.bus.publish(deploymentChanged, event, { suffix: deploymentId, messageId: randomUUID() });
  }

  private known(id: string): Deployment & { key: string | undefined } {
    const found = this.deployments.get(id);
    if (found) return found;
    throw new Problem('notFound', 'No such deployment', `there is no deployment with the id ${id}`);
  }

  private addTarget(deploymentId: string, assetId: string, assetName: string): void {
    const id = randomUUID();
    this.targets.set(id, {
      ...{
        id,
        deploymentId,
        assetId,
        assetName,
        status: 'waiting',
        outcome: null,
        attempt: 1,
        generation: 0,
      },
      ...{ statusSince: at(), dueAt: null, startedAt: null, endedAt: null, currentStep: null },
      ...{ lastExitCode: null, cause: null, traceId: null },
    });
  }
}

@Module({
  imports: [PlatformModule.forService({ name: 'scripted-ledger' })],
  controllers: [ScriptedLedger],
})
export class ScriptedLedgerModule {}
