import type { Connection } from '../api/client';
import { followEvents, type FollowedEvent } from '../api/deployment-events';
import { exitCodes, type ExitCode } from '../exit-codes';
import { counted, words, exitCodeText } from '../output/words';
import type { Terminal } from '../terminal';
import { DeploymentState } from './deployment-state';
import { heading, liveTable } from './live-table';
import { plainLines } from './plain-lines';

export type FollowStyle = 'table' | 'lines' | 'json';

/** Drawn at most this often: a thousand events a second are still one readable table. */
const redrawMs = 100;

/**
 * Shows a deployment until it has finished. Ctrl-C ends the showing, not the deployment.
 * @returns `ok` when every target has succeeded, `targetsFailed` otherwise, `interrupted` after Ctrl-C.
 */
export async function follow(
  terminal: Terminal,
  connection: Connection,
  deploymentId: string,
  style: FollowStyle,
): Promise<ExitCode> {
  const state = new DeploymentState();
  const view = style === 'table' ? tableView(terminal, state) : linesView(terminal, state, style);
  try {
    await followEvents({
      connection,
      deploymentId,
      signal: terminal.interrupted,
      onEvent: (event) => view.show(event, state.fold(event)),
      onLost: (reason) => terminal.err(`${reason}; trying again\n`),
    });
  } finally {
    view.end();
  }
  if (terminal.interrupted.aborted) {
    terminal.err(`\nThe deployment goes on. Follow it again: drover deployment follow ${deploymentId}\n`);
    return exitCodes.interrupted;
  }
  if (style !== 'json') terminal.out(summary(state, deploymentId));
  return state.lines().every(({ status }) => status === 'succeeded') ? exitCodes.ok : exitCodes.targetsFailed;
}

interface FollowView {
  show(event: FollowedEvent, hasChanged: boolean): void;
  end(): void;
}

function tableView(terminal: Terminal, state: DeploymentState): FollowView {
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    terminal.redraw(liveTable(state, terminal));
  };
  return {
    show: (_event, hasChanged) => {
      if (hasChanged) timer ??= setTimeout(draw, redrawMs);
    },
    end: () => {
      clearTimeout(timer);
      if (state.expected === 0) return;
      draw();
      terminal.redrawDone();
    },
  };
}

const linesView = (terminal: Terminal, state: DeploymentState, style: 'lines' | 'json'): FollowView => {
  let isFirst = true;
  return {
    show: (event) => {
      if (style === 'json') {
        terminal.out(`${JSON.stringify(event)}\n`);
        return;
      }
      if (isFirst && event.event === 'snapshot') terminal.out(`${heading(state)[0]}\n`);
      isFirst = false;
      for (const line of plainLines(event, state)) terminal.out(`${line}\n`);
    },
    end: () => undefined,
  };
};

/** So many computers that failed are named with their causes; the rest is a command away. */
const failuresShownMax = 20;

function summary(state: DeploymentState, deploymentId: string): string {
  const failed = state.lines().filter(({ status }) => status !== 'succeeded');
  if (failed.length === 0) return `\nSucceeded on ${counted(state.expected, 'computer')}.\n`;
  const lines = failed.slice(0, failuresShownMax).flatMap(({ name, status, cause, exitCode, step }) => {
    const atStep =
      step && exitCode !== null ? `: step “${step}” ended with exit code ${exitCodeText(exitCode)}` : '';
    const why = cause ? `: ${cause.message}` : atStep;
    return [`  ${name} ${words(status)}${why}`, ...(cause?.remedy ? [`      ${cause.remedy}`] : [])];
  });
  const more = failed.length > failuresShownMax ? [`  … and ${failed.length - failuresShownMax} more`] : [];
  return [
    '',
    `${failed.length} of ${counted(state.expected, 'computer')} did not succeed:`,
    ...lines,
    ...more,
    `Look closer: drover target show ${deploymentId}/${failed[0]?.name ?? 'NAME'}`,
    '',
  ].join('\n');
}
