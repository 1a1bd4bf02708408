/**
 * XML to elements. fast-xml-parser does the work; it accepts entities that nobody declares, several roots and `<` in
 * attributes, which are looked for here. Entities of a document type are never read: they can name other files.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { PackageImportError, positionOf } from '../package-import-error';
import { XmlElement } from './xml-element';

/** @param text with `\n` at the ends of lines. @throws PackageImportError 'malformed' with line and column */
export function readXml(text: string): XmlElement {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw malformed(valid.err.msg, { line: valid.err.line, column: valid.err.col || 1 });
  const bare = withoutComments(text);
  refuseBareLessThan(bare);
  refuseUnknownEntities(bare);
  const roots = elementsOf(parsed(text), linesOf(text));
  const [root, second] = roots;
  if (!root) throw malformed('there is no element', { line: 1, column: 1 });
  if (second) throw malformed(`a second root <${second.name}>`, { line: second.line, column: 1 });
  return root;
}

const textName = '#text';
const cdataName = '#cdata';
const attributesName = ':@';
const nestedTagsMax = 64;

const malformed = (message: string, position: { line: number; column: number }, cause?: unknown) =>
  new PackageImportError('malformed', `not well-formed XML: ${message}`, position, cause);

function parsed(text: string): unknown {
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    captureMetaData: true,
    cdataPropName: cdataName,
    maxNestedTags: nestedTagsMax,
  });
  try {
    return parser.parse(text) as unknown;
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error), { line: 1, column: 1 }, error);
  }
}

function elementsOf(nodes: unknown, lineAt: (offset: number) => number): XmlElement[] {
  return asList(nodes).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== attributesName);
    if (name === undefined || name === textName || name === cdataName) return [];
    const content = node[name];
    const attributes = Object.entries(isRecord(node[attributesName]) ? node[attributesName] : {});
    const line = lineAt(startOf(node));
    const values = attributes.map(([key, value]): [string, string] => [
      key,
      // Attribute values are normalized: [XML] 3.3.3.
      decoded(String(value).replace(/[\n\t]/g, ' ')),
    ]);
    const localName = name.slice(name.indexOf(':') + 1);
    return [new XmlElement(localName, line, new Map(values), elementsOf(content, lineAt), textOf(content))];
  });
}

/** The line of an offset, looked up among the starts of lines: a large file has many elements. */
function linesOf(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [first, last] = [0, starts.length - 1];
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((starts[middle] ?? 0) <= offset) first = middle;
      else last = middle - 1;
    }
    return first + 1;
  };
}

const textOf = (nodes: unknown): string =>
  asList(nodes)
    .map((node) => {
      const text = node[textName];
      if (typeof text === 'string' || typeof text === 'number') return decoded(String(text));
      return asList(node[cdataName])
        .map((part) => String(part[textName] ?? ''))
        .join('');
    })
    .join('');

const metadata: unknown = XMLParser.getMetaDataSymbol();

function startOf(node: Record<PropertyKey, unknown>): number {
  const found = node[metadata as symbol];
  return isRecord(found) && typeof found['startIndex'] === 'number' ? found['startIndex'] : 0;
}

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asList = (value: unknown): Record<PropertyKey, unknown>[] =>
  Array.isArray(value) ? value.filter(isRecord) : [];

/** The same length, with spaces in place of comments, CDATA sections, instructions and the document type. */
const withoutComments = (text: string): string =>
  text.replace(/<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!DOCTYPE[^[>]*(?:\[[^]*?\]\s*)?>/g, (found) =>
    found.replace(/[^\n]/g, ' '),
  );

function refuseBareLessThan(bare: string): void {
  let quote = '';
  let isInTag = false;
  for (let at = 0; at < bare.length; at += 1) {
    const character = bare.charAt(at);
    if (isInTag && character === '<') throw malformed('“<” inside of a tag', positionOf(bare, at));
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (isInTag && (character === '"' || character === "'")) quote = character;
    else if (character === '<') isInTag = true;
    else if (character === '>') isInTag = false;
  }
}

const named: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const reference = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([\w.:-]+))?;?/g;

function refuseUnknownEntities(bare: string): void {
  for (const match of bare.matchAll(reference)) {
    if (match[0].endsWith(';') && characterOf(match) !== undefined) continue;
    const reason =
      match[3] === undefined
        ? `“${match[0]}” is no reference to a character`
        : `the entity “${match[0]}” is not read: only the five of XML itself are, never those of a document type or another file`;
    throw malformed(reason, positionOf(bare, match.index));
  }
}

const decoded = (text: string): string =>
  text.replace(reference, (...match: string[]) => characterOf(match) ?? match[0] ?? '');

function characterOf([, hexadecimal, decimal, name]: readonly (string | undefined)[]): string | undefined {
  if (name !== undefined) return named.get(name);
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  const isCharacter =
    [9, 10, 13].includes(code) ||
    (code >= 0x20 &&
      code <= 0x10_ffff &&
      (code < 0xd800 || code > 0xdfff) &&
      code !== 0xfffe &&
      code !== 0xffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}
