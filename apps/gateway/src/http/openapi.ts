/** The description of the API, made from the same declarations that check the requests. */
import { httpStatusOf, problem } from '@drover/contracts';
import { z } from 'zod';
import { apiPrefix, type Route } from './route';

type Json = Record<string, unknown>;

/** An OpenAPI 3.1 document; its schemas are JSON Schema 2020-12, as zod writes them. */
export function openApiOf(routes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  const schemas: Json = { Problem: schemaOf(problem, 'output') };
  for (const route of routes) {
    const path = `${apiPrefix}${route.path}`.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  const liftedPaths = lifted(paths, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Drover',
      version: '1',
      description: 'Agentless software deployment for Windows fleets. Errors are application/problem+json.',
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas,
    },
    security: [{ token: [] }],
    paths: liftedPaths,
  };
}

/** Moves what a schema defines for itself to where the whole document finds it. */
function lifted(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((member) => lifted(member, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { $defs, ...rest } = value as Json & { $defs?: Json };
  for (const [name, schema] of Object.entries($defs ?? {})) schemas[name] = lifted(schema, schemas);
  const entries = Object.entries(rest).map(([key, member]): [string, unknown] =>
    key === '$ref' && typeof member === 'string'
      ? [key, member.replace('#/$defs/', '#/components/schemas/')]
      : [key, lifted(member, schemas)],
  );
  return Object.fromEntries(entries);
}

const operationOf = (route: Route): Json => ({
  summary: route.summary,
  ...(route.isPublic && { security: [] }),
  parameters: [
    ...parametersOf('path', route.params),
    ...parametersOf('query', route.query),
    ...parametersOf('header', route.headers),
  ],
  ...(route.body && {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
    },
  }),
  responses: {
    [route.status ?? 200]: { description: 'Done.', ...contentOf(route) },
    default: {
      description: `A problem: ${Object.entries(httpStatusOf)
        .map(([kind, status]) => `${status} ${kind}`)
        .join(', ')}.`,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
});

function contentOf(route: Route): Json {
  if (route.isStream) return { content: { 'text/event-stream': { schema: { type: 'string' } } } };
  return route.reply ? { content: { 'application/json': { schema: schemaOf(route.reply, 'output') } } } : {};
}

function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const { $defs } = rest;
  if (io === 'input' || !$defs) return rest;
  // What is answered has every default filled in, so it is another schema than what is sent.
  const answered = JSON.stringify({ ...rest, $defs: undefined }).replaceAll('#/$defs/', '#/$defs/Answered');
  const definitions = Object.entries($defs).map(([name, definition]) => [
    `Answered${name}`,
    JSON.parse(JSON.stringify(definition).replaceAll('#/$defs/', '#/$defs/Answered')) as Json,
  ]);
  return { ...(JSON.parse(answered) as Json), $defs: Object.fromEntries(definitions) as Json };
}
