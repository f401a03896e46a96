import assert from 'node:assert/strict';
import { api } from '#contracts/http/api.ts';
import { codecApi } from '#contracts/http/codec-api.ts';
import { EXAMPLES } from '#contracts/http/examples/examples.ts';
import type { RouteContract } from '#contracts/http/route-contract.ts';
import { stackApi } from '#contracts/http/stack-api.ts';
import { writeOpenApi } from '#gateway/openapi/write-openapi.ts';
import { escaped, schemaAt } from '#test/support/document-schema.ts';

interface Content {
  readonly example?: unknown;
  readonly examples?: Record<string, { value: { code: string; status: number } }>;
}
interface Operation {
  readonly parameters?: { name: string; example?: unknown; schema: { example?: unknown } }[];
  readonly requestBody?: { content: Record<string, Content> };
  readonly responses: Record<string, { content?: Record<string, Content> }>;
}

const routes: readonly RouteContract[] = [...api, ...codecApi, ...stackApi];
const document = writeOpenApi(routes, { version: '0.1.0', identity: 'dev', currency: 'EUR' });
const paths = document['paths'] as Record<string, Record<string, Operation>>;

describe('the examples in the OpenAPI document', () => {
  it('exist for every route, and for no other', () => {
    const missing = routes.filter(({ id }) => !EXAMPLES[id]).map(({ id }) => id);
    assert.deepEqual(missing, [], 'add the reply of a running system to contracts/http/examples/');
    assert.deepEqual(
      Object.keys(EXAMPLES).filter((id) => !routes.some((route) => route.id === id)),
      [],
      'remove them from contracts/http/examples/',
    );
  });

  for (const route of routes) {
    const { id, method, path, reply } = route;
    const operation = paths[path]?.[method];
    const pointer = `#/paths/${escaped(path)}/${method}`;

    it(`are valid requests and replies of ${id}`, () => {
      assert.ok(operation);
      const body = operation.requestBody?.content['application/json'];
      assert.equal(
        body?.example !== undefined,
        route.body !== undefined,
        'a body, where the route takes one',
      );
      if (body) {
        fits(`${pointer}/requestBody/content/application~1json/schema`, body.example);
        assert.deepEqual(route.body?.safeParse(body.example).error?.issues ?? [], []);
      }
      const type = reply.contentType ?? 'application/json';
      const example = operation.responses[reply.status]?.content?.[type]?.example;
      fits(`${pointer}/responses/${reply.status}/content/${type.replace('/', '~1')}/schema`, example);
    });

    it(`show no cursor of ${id}: it is signed for one user, and anyone else's is refused`, () => {
      const shown = operation?.parameters?.find(({ name }) => name === 'cursor');
      assert.deepEqual([shown?.example, shown?.schema.example], [undefined, undefined]);
    });

    it(`show each refusal of ${id}`, () => {
      const refusals = Object.entries(operation?.responses ?? {}).filter(([status]) => Number(status) >= 400);
      for (const [status, { content }] of refusals) {
        const examples = Object.entries(content?.['application/problem+json']?.examples ?? {});
        assert.ok(examples.length > 0, status);
        for (const [code, { value }] of examples) {
          assert.deepEqual([value.code, String(value.status)], [code, status]);
          fits('#/components/schemas/Problem', value);
        }
      }
      const shown = new Set(
        refusals.flatMap(([, { content }]) =>
          Object.keys(content?.['application/problem+json']?.examples ?? {}),
        ),
      );
      for (const code of route.problems) assert.ok(shown.has(code), code);
    });
  }
});

function fits(pointer: string, value: unknown): void {
  const validate = schemaAt(document, pointer);
  assert.ok(validate(value), `${pointer}: ${JSON.stringify(validate.errors)}`);
}
