import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AnySchemaObject, ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { artifactFolder, artifactIn } from '#tools/stack/bootstrap/artifacts.js';
import type { Manifest } from './helm.ts';

const SCHEMAS = path.join(
  artifactFolder(artifactIn('kubernetes-schemas-1.37.0')),
  'kubernetes_validate/kubernetes-json-schema',
);

/** Says of a manifest what a version of Kubernetes would refuse, unknown fields among it. */
export function schemasOf(version: string): (manifest: Manifest) => ErrorObject[] {
  const folder = path.join(SCHEMAS, `v${version}.0-local-strict`);
  const read = (file: string) => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as AnySchemaObject;
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(read('_definitions.json'), '_definitions.json');
  const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
  return ({ apiVersion, kind, ...rest }) => {
    const group = apiVersion.split('/').map((part) => part.replace(/\..*/, ''));
    const file = `${[kind, ...group].join('-').toLowerCase()}.json`;
    const validate = compiled.get(file) ?? ajv.compile(read(file));
    compiled.set(file, validate);
    return validate({ apiVersion, kind, ...rest }) ? [] : (validate.errors ?? []);
  };
}
