/** How states, times and exit codes are written for people. */
import { exitCodeMeanings } from '@drover/domain';

const special: Record<string, string> = { timedOut: 'timed out', lost: 'lost' };

/** A status as words: `requirementsNotMet` is "requirements not met". */
export const words = (status: string): string =>
  special[status] ?? status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Local time of day, as in 14:03:09. */
export const timeOfDay = (instant: string): string => {
  const at = new Date(instant);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
};

/** Local date and time, as in 2026-11-21 14:03:09. */
export const dateAndTime = (instant: string): string => {
  const at = new Date(instant);
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${date.join('-')} ${timeOfDay(instant)}`;
};

/** How long something took, as in 0.3 s, 30 s, 2 min 5 s, 1 h 10 min. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 ? ` ${seconds % 60} s` : ''}`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
}

/** "1 computer", "25 computers". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Text of a computer cannot move the cursor or colour the screen: control characters are shown, not obeyed. */
export const harmless = (text: string): string =>
  text
    .replace(/\r\n/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** Cut to so many characters, the cut marked. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** Below it every program gives its codes meanings of its own. */
const firstTellingExitCode = 256;

/** The number with what it is known to mean, as in `1603 (ERROR_INSTALL_FAILURE: a fatal error …)`. */
export function exitCodeText(code: number): string {
  const [known] = code >>> 0 < firstTellingExitCode ? [] : exitCodeMeanings(code);
  if (!known) return String(code);
  return `${code} (${known.name ? `${known.name}: ` : ''}${known.meaning})`;
}
