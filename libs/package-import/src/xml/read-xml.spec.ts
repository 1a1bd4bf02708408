import { PackageImportError } from '../package-import-error';
import { readXml } from './read-xml';

const refusal = (text: string): { line: number; column: number } => {
  try {
    readXml(text);
  } catch (error) {
    if (error instanceof PackageImportError && error.kind === 'malformed') return error.position;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
};

describe('XML', () => {
  it.each([
    ['an entity that nothing declares', '<a>\n  <b>&foo;</b></a>', { line: 2, column: 6 }],
    [
      'an entity of a document type',
      '<!DOCTYPE a [\n<!ENTITY x "1">\n]>\n<a>&x;</a>',
      { line: 4, column: 4 },
    ],
    [
      'an entity that is another file',
      '<!DOCTYPE a [<!ENTITY x SYSTEM "b.xml">]>\n<a>&x;</a>',
      { line: 2, column: 4 },
    ],
    ['an entity in an attribute', '<a\n b="&c;"/>', { line: 2, column: 5 }],
    ['an ampersand alone', '<a>\n & b</a>', { line: 2, column: 2 }],
    ['a character that XML does not have', '<a>&#0;</a>', { line: 1, column: 4 }],
    ['a second root', '<a/>\n<b/>', { line: 2, column: 1 }],
    ['a bracket in an attribute', '<a>\n<b c="<"/></a>', { line: 2, column: 7 }],
    ['a wrong closing tag', '<a>\n<b></c></a>', { line: 2, column: 4 }],
    ['an attribute without quotes', '<a>\n <b x=1></b></a>', { line: 2, column: 5 }],
  ])('is refused with line and column: %s', (_what, text, position) => {
    expect(refusal(text)).toEqual(position);
  });

  it('keeps texts, CDATA and references to characters exactly', () => {
    const root = readXml('<a t="x &lt;&#65;&#x42;&quot;"><b> 1 &amp; <![CDATA[<&>]]></b><!-- &no; < --></a>');
    expect(root.take('t')).toBe('x <AB"');
    expect(root.takeTextOf('b')).toBe(' 1 & <&>');
    expect(root.unread()).toEqual([]);
  });

  it('names with its line everything that nobody has read', () => {
    const root = readXml('<a known="1" other="2">\n<b>text</b>\n<c><d e="f"/></c></a>');
    root.take('known');
    root.takeAll('c');
    expect(root.unread()).toEqual([
      { what: '<a other="2">', line: 1 },
      { what: '<b>text', line: 2 },
      { what: '<d e="f">', line: 3 },
    ]);
  });

  it('does not follow a document that is nested without end', () => {
    expect(refusal('<a>'.repeat(5000) + '</a>'.repeat(5000))).toEqual({ line: 1, column: 1 });
  });
});
