/**
 * An element that remembers what has been read of it. Importers take what they understand; `unread` names everything
 * else, so that an attribute or an element that no importer knows is listed instead of lost.
 */
export interface Unread {
  what: string;
  line: number;
}

const shownCharactersMax = 120;

export class XmlElement {
  private readonly readAttributes = new Set<string>();
  private readonly readChildren = new Set<XmlElement>();
  private isTextRead = false;

  constructor(
    readonly name: string,
    readonly line: number,
    private readonly attributes: ReadonlyMap<string, string>,
    readonly children: readonly XmlElement[],
    private readonly ownText: string,
  ) {}

  /** An attribute's value; it counts as read. */
  take(attribute: string): string | undefined {
    this.readAttributes.add(attribute);
    return this.attributes.get(attribute);
  }

  /** The elements of that name; they count as read, what is in them does not yet. */
  takeAll(name: string): XmlElement[] {
    const found = this.children.filter((child) => child.name === name);
    for (const child of found) this.readChildren.add(child);
    return found;
  }

  takeFirst(name: string): XmlElement | undefined {
    return this.takeAll(name)[0];
  }

  /** The text of the element itself. */
  takeText(): string {
    this.isTextRead = true;
    return this.ownText;
  }

  /** The text of the first element of that name. */
  takeTextOf(name: string): string | undefined {
    return this.takeFirst(name)?.takeText();
  }

  /** Counts the element with all that is in it as read. */
  ignore(): void {
    this.isTextRead = true;
    for (const attribute of this.attributes.keys()) this.readAttributes.add(attribute);
    for (const child of this.children) {
      this.readChildren.add(child);
      child.ignore();
    }
  }

  /** What nobody has taken, in the order of the file. Namespace declarations and schema locations say nothing. */
  unread(): Unread[] {
    const attributes = [...this.attributes]
      .filter(([name]) => !this.readAttributes.has(name) && !/^xmlns(:|$)|:?\w*[sS]chemaLocation$/.test(name))
      .map(([name, value]) => ({ what: `<${this.name} ${name}="${shown(value)}">`, line: this.line }));
    const text =
      !this.isTextRead && this.ownText.trim() !== ''
        ? [{ what: `<${this.name}>${shown(this.ownText.trim())}`, line: this.line }]
        : [];
    const children = this.children.flatMap((child) =>
      this.readChildren.has(child) ? child.unread() : [{ what: child.shown(), line: child.line }],
    );
    return [...attributes, ...text, ...children];
  }

  /** A start of it for people, as in `<exit code="3010">`. */
  shown(): string {
    const attributes = [...this.attributes].map(([name, value]) => ` ${name}="${shown(value)}"`).join('');
    return shown(`<${this.name}${attributes}>${this.ownText.trim()}`);
  }
}

const shown = (text: string): string =>
  text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text;
