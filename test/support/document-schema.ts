import formats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

/**
 * Checks wire JSON against one schema of an OpenAPI document; `pointer` is from its root, `#/components/schemas/Order`.
 */
export function schemaAt(document: object, pointer: string) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addFormat('int64', { type: 'number', validate: Number.isInteger });
  return ajv.addSchema(document, 'api').compile({ $ref: `api${pointer}` });
}

/** A path of the document as part of a pointer. */
export function escaped(path: string): string {
  return path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
}
