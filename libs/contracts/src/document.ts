/** docs/messages.md, written from the declarations: a reviewer sees a changed message as a changed line. */
import { z } from 'zod';
import type { Message, Question, Queue } from './declare';

type Declaration = Message | Question | Queue;

/** The whole document, as Markdown. Declarations that are given twice, or are not declarations, do not count. */
export function messagesDocument(exported: readonly unknown[]): string {
  const declarations = [...new Set(exported)].filter(isDeclaration);
  return [
    '# Messages, questions and queues',
    '',
    '<!-- Written by libs/contracts/src/document.ts; `UPDATE_DOCS=1 npm test` writes it again. -->',
    '',
    'Everything that crosses a process is declared once, in `libs/contracts`. Fields are added, their meaning never',
    'changes; a breaking change is another subject that ends in `.v2`.',
    '',
    '## Messages (JetStream)',
    '',
    'Delivered at least once; each consumer knows what it has seen.',
    '',
    ...declarations
      .filter((d) => d.kind === 'message')
      .sort((a, b) => compare(a.subject, b.subject))
      .flatMap((d) => section(`${d.subject}.*`, `${d.sentence} Stream \`${d.stream}\`.`, [['', d.schema]])),
    '## Questions (NATS request and reply)',
    '',
    'An expected refusal comes back as a Problem.',
    '',
    ...declarations
      .filter((d) => d.kind === 'question')
      .sort((a, b) => compare(a.pattern, b.pattern))
      .flatMap((d) =>
        section(d.pattern, d.sentence, [
          ['asked', d.request],
          ['answered', d.reply],
        ]),
      ),
    '## Queues (BullMQ)',
    '',
    'A job is a hint: the worker asks for the assignment when it runs.',
    '',
    ...declarations
      .filter((d) => d.kind === 'queue')
      .sort((a, b) => compare(a.name, b.name))
      .flatMap((d) => section(d.name, d.sentence, [['', d.schema]])),
  ].join('\n');
}

function section(title: string, sentence: string, parts: [string, z.ZodType][]): string[] {
  const tables = parts.flatMap(([name, schema]) => [
    ...(name === '' ? [] : [`*${name}*`, '']),
    ...fields(schema),
    '',
  ]);
  return [`### \`${title}\``, '', sentence, '', ...tables];
}

function fields(schema: z.ZodType): string[] {
  const json = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' }) as Json;
  const names = Object.keys(json.properties ?? {});
  if (names.length === 0) return ['(no fields)'];
  const required = new Set(json.required ?? []);
  const rows = names.map((name) => {
    const optional = required.has(name) ? '' : ' (optional)';
    return `| ${name}${optional} | ${escaped(typeOf(json.properties?.[name] ?? {}, nestingMax))} |`;
  });
  return ['| field | type |', '|---|---|', ...rows];
}

interface Json {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Json[];
  oneOf?: Json[];
  items?: Json;
  properties?: Record<string, Json>;
  required?: string[];
  additionalProperties?: Json | boolean;
}

/** Deeper structures are named by their kind; the schema in the code says the rest. */
const nestingMax = 3;

function typeOf(json: Json, depth: number): string {
  if (json.$ref !== undefined) return json.$ref.replace('#/$defs/', '');
  const choices = json.anyOf ?? json.oneOf;
  if (choices) return choices.map((choice) => typeOf(choice, depth)).join(' | ');
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.enum) return json.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (json.type === 'array') return `${wrapped(typeOf(json.items ?? {}, depth))}[]`;
  if (json.properties && depth === 0) return 'object';
  if (json.properties) {
    const inner = Object.entries(json.properties).map(([name, value]) => {
      const mark = json.required?.includes(name) ? '' : '?';
      return `${name}${mark}: ${typeOf(value, depth - 1)}`;
    });
    return `{ ${inner.join('; ')} }`;
  }
  if (typeof json.additionalProperties === 'object')
    return `by name: ${typeOf(json.additionalProperties, depth)}`;
  return json.format ?? (Array.isArray(json.type) ? json.type.join(' | ') : (json.type ?? 'any'));
}

const wrapped = (type: string): string => (type.includes(' | ') ? `(${type})` : type);
const escaped = (type: string): string => `\`${type.replaceAll('|', '\\|')}\``;
const compare = (a: string, b: string): number => (a < b ? -1 : 1);

const kinds = ['message', 'question', 'queue'];
const isDeclaration = (value: unknown): value is Declaration =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  kinds.includes(value.kind as string) &&
  'sentence' in value;
