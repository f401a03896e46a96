import assert from 'node:assert/strict';
import { gatewaySettings } from '#gateway/settings.ts';
import { readConfig } from '#platform/process/config.ts';

describe('the settings of the gateway', () => {
  const services = {
    PORT: '8080',
    SERVICE_SECRET: 'a-secret-of-tests-only',
    ORDERS_URL: 'http://127.0.0.1:8081',
    PAYMENTS_URL: 'http://127.0.0.1:8082',
    WORKFLOWS_URL: 'http://127.0.0.1:8083',
  };
  const jwt = {
    IDENTITY: 'jwt',
    JWT_ISSUER: 'https://issuer.example',
    JWT_AUDIENCE: 'gozon',
    JWKS_URL: 'https://issuer.example/keys',
  };
  const controls = { STACK_URL: 'http://127.0.0.1:8084' };

  it('accept STACK_URL with IDENTITY=dev', () => {
    const dev = { ...services, ENVIRONMENT: 'dev' };
    assert.equal(readConfig(gatewaySettings, { ...dev, ...controls }).STACK_URL, controls.STACK_URL);
    assert.equal(readConfig(gatewaySettings, dev).STACK_URL, undefined);
  });

  for (const TRACE_URL_TEMPLATE of [
    'https://jaeger.example/trace/{traceId}',
    'http://localhost/?id={traceId}',
  ]) {
    it(`accept ${TRACE_URL_TEMPLATE} for links to traces`, () => {
      const config = readConfig(gatewaySettings, { ...services, ...jwt, TRACE_URL_TEMPLATE });
      assert.equal(config.TRACE_URL_TEMPLATE, TRACE_URL_TEMPLATE);
    });
  }

  const noTemplates = ['', 'https://jaeger.example/', 'jaeger/{traceId}', 'javascript:alert("{traceId}")'];
  for (const TRACE_URL_TEMPLATE of noTemplates) {
    it(`refuse ${JSON.stringify(TRACE_URL_TEMPLATE)} for links to traces`, () => {
      assert.throws(() => readConfig(gatewaySettings, { ...services, ...jwt, TRACE_URL_TEMPLATE }), {
        name: 'ConfigError',
        message: /TRACE_URL_TEMPLATE: must be an http:\/\/ or https:\/\/ URL with \{traceId\} in it/,
      });
    });
  }

  it('refuse STACK_URL with IDENTITY=jwt', () => {
    assert.throws(() => readConfig(gatewaySettings, { ...services, ...jwt, ...controls }), {
      name: 'ConfigError',
      message:
        /STACK_URL: must not be set with IDENTITY=jwt: it lets operators kill the processes of the system/,
    });
  });

  const overHttp = ['http://issuer.example/keys', 'http://10.0.0.7/keys', 'http://localhost.example/keys'];
  for (const JWKS_URL of overHttp) {
    it(`refuse ${JWKS_URL}, whose keys could be replaced on their way, unless ENVIRONMENT is dev`, () => {
      assert.throws(() => readConfig(gatewaySettings, { ...services, ...jwt, JWKS_URL }), {
        name: 'ConfigError',
        message: /JWKS_URL: must be https unless ENVIRONMENT is dev/,
      });
      const dev = { ...services, ...jwt, JWKS_URL, ENVIRONMENT: 'dev' };
      assert.equal(readConfig(gatewaySettings, dev).JWKS_URL, JWKS_URL);
    });
  }

  const onThisMachine = ['http://127.0.0.1:9/', 'http://localhost/keys', 'http://[::1]:8080/keys'];
  for (const JWKS_URL of [...onThisMachine, 'https://issuer.example/keys']) {
    it(`accept ${JWKS_URL}, whose keys nobody can replace on their way`, () => {
      assert.equal(readConfig(gatewaySettings, { ...services, ...jwt, JWKS_URL }).JWKS_URL, JWKS_URL);
    });
  }

  for (const ENVIRONMENT of [undefined, 'production', 'staging']) {
    it(`refuse IDENTITY=dev, set or by default, when ENVIRONMENT is ${ENVIRONMENT ?? 'not set'}`, () => {
      for (const IDENTITY of ['dev', undefined]) {
        for (const HOST of ['127.0.0.1', '0.0.0.0']) {
          assert.throws(() => readConfig(gatewaySettings, { ...services, HOST, ENVIRONMENT, IDENTITY }), {
            name: 'ConfigError',
            message: /IDENTITY: must be jwt unless ENVIRONMENT is dev/,
          });
        }
      }
      assert.equal(readConfig(gatewaySettings, { ...services, ENVIRONMENT, ...jwt }).IDENTITY, 'jwt');
    });
  }
});
