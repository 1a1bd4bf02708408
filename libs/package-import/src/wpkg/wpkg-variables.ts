/**
 * WPKG's variables: `%NAME%` anywhere in a package. A variable with one plain value becomes a variable of Drover's
 * package, so that a version number is still changed in one place; the others are written out where they are used.
 */
import {
  packageShareToken,
  tokensIn,
  variableNamePattern,
  variablesMax,
  type PackageVariable,
} from '@drover/domain';
import { applies, type HostContext, type HostMatch } from './host-facts';

export interface WpkgVariable {
  name: string;
  value: string;
  match: HostMatch;
}

/** `text` holds tokens of Drover's package, `plain` the values of today. */
export interface Expanded {
  text: string;
  plain: string;
}

export type Expand = (text: string) => Expanded;

const usage = /%([\w.()-]+)%/g;

/** The software folder that WPKG's administrators name by convention; it is what Drover calls the package share. */
const softwareFolder: Expanded = { text: `{${packageShareToken}}`, plain: `{${packageShareToken}}` };

/** Variables that come from WPKG's own configuration, as a package's variable. */
const siteVariables: ReadonlyMap<string, { name: string; default?: string }> = new Map([
  ['msi', { name: 'MSI', default: '/qn /norestart' }],
  ['wpkg', { name: 'WPKG' }],
]);

export class WpkgVariables {
  private readonly tokens = new Map<string, PackageVariable>();

  /** @param texts everything in the package that variables can stand in */
  constructor(
    private readonly variables: readonly WpkgVariable[],
    texts: readonly string[],
  ) {
    const literalTokens = new Set(texts.flatMap(tokensIn));
    for (const { name, value, match } of variables) {
      const key = name.toLowerCase();
      const isOnly = variables.filter((other) => other.name.toLowerCase() === key).length === 1;
      const isPlain = match.wanted.length === 0 && namesIn(value).length === 0 && value !== '';
      const isName = variableNamePattern.test(name) && key !== packageShareToken.toLowerCase();
      if (
        isOnly &&
        isPlain &&
        isName &&
        !literalTokens.has(key) &&
        this.tokens.size < variablesMax - siteVariables.size
      )
        this.tokens.set(key, { name, default: value, isSecret: false });
    }
  }

  /** What the variables stand for on a computer with these facts. Names are told apart without regard to case. */
  in(context: HostContext): Expand {
    const known = new Map<string, Expanded>([['software', softwareFolder]]);
    for (const [key, { name, default: value }] of siteVariables)
      known.set(key, { text: `{${name}}`, plain: value ?? `{${name}}` });
    const expand: Expand = (text) => {
      const replaced = (member: keyof Expanded): string =>
        text.replace(usage, (whole, name: string) => known.get(name.toLowerCase())?.[member] ?? whole);
      return { text: replaced('text'), plain: replaced('plain') };
    };
    for (const { name, value, match } of this.variables) {
      if (!applies(match, context)) continue;
      const token = this.tokens.get(name.toLowerCase());
      known.set(name.toLowerCase(), token ? { text: `{${token.name}}`, plain: value } : expand(value));
    }
    return expand;
  }

  /** The package's variables, as far as the texts use them; those of the file are kept also when nothing does. */
  declared(texts: readonly string[]): PackageVariable[] {
    const used = new Set(texts.flatMap(tokensIn));
    const fromSite = [...siteVariables].flatMap(([key, variable]) =>
      used.has(key) && !this.isDefined(key) ? [{ ...variable, isSecret: false }] : [],
    );
    return [...this.tokens.values(), ...fromSite];
  }

  isDefined = (name: string): boolean =>
    this.variables.some((variable) => variable.name.toLowerCase() === name.toLowerCase());

  /** Those that are neither kept as a variable of the package nor written out anywhere. */
  unusedIn(texts: readonly string[]): string[] {
    const used = new Set(
      [...texts, ...this.variables.map(({ value }) => value)]
        .flatMap(namesIn)
        .map((name) => name.toLowerCase()),
    );
    const names = this.variables.map(({ name }) => name);
    return [...new Set(names)].filter((name) => {
      const key = name.toLowerCase();
      return !used.has(key) && !this.tokens.has(key);
    });
  }

  /** Names that neither the package, nor Windows, nor WPKG's convention gives a value. */
  undefinedIn = (texts: readonly string[]): string[] => [
    ...new Set(
      texts
        .flatMap(namesIn)
        .filter((name) => !this.isDefined(name) && !windowsVariables.has(name.toLowerCase())),
    ),
  ];
}

const namesIn = (text: string): string[] => [...text.matchAll(usage)].map(([, name = '']) => name);

const windowsVariables: ReadonlySet<string> = new Set(
  `allusersprofile appdata commonprogramfiles commonprogramfiles(x86) commonprogramw6432 computername comspec date errorlevel
  homedrive homepath localappdata logonserver number_of_processors os path pathext processor_architecture
  processor_architew6432 processor_identifier programdata programfiles programfiles(x86) programw6432 public random
  systemdrive systemroot temp time tmp userdnsdomain userdomain username userprofile windir`.split(/\s+/),
);
