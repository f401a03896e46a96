import assert from 'node:assert/strict';
import { ServiceError } from '@temporalio/client';
import { classifyError, OutageError } from '#platform/process/classify-error.ts';

const withFields = (fields: object) => Object.assign(new Error('some words'), fields);
const ofPostgres = (code: string) => withFields({ severity: 'ERROR', code });
const ofTemporal = (code: number) => withFields({ code, details: '', metadata: {} });
const ofNetwork = (code: string) => withFields({ code });

const CASES = {
  outage: {
    'a connection that PostgreSQL closes': ofPostgres('57P01'),
    'a server that starts': ofPostgres('57P03'),
    'a standby, or writes switched off': ofPostgres('25006'),
    'a rejected password': ofPostgres('28P01'),
    'a database that is not there yet': ofPostgres('3D000'),
    'a full disk': ofPostgres('53100'),
    'an error of the disk': ofPostgres('58030'),
    'a deadlock': ofPostgres('40P01'),
    'a lock that does not become free': ofPostgres('55P03'),
    'what a pooler says of its server': ofPostgres('08P01'),
    'a connection that ended without a code': new OutageError('Connection terminated'),
    'a refused connection': ofNetwork('ECONNREFUSED'),
    'a name that does not resolve': ofNetwork('EAI_AGAIN'),
    'a certificate that has expired': ofNetwork('CERT_HAS_EXPIRED'),
    'a certificate of another authority': ofNetwork('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    'a client certificate that the server refuses': ofNetwork('ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED'),
    'every address refused': new AggregateError([ofNetwork('ECONNREFUSED'), ofNetwork('ENETUNREACH')]),
    'a fetch that failed': new TypeError('fetch failed', { cause: ofNetwork('UND_ERR_CONNECT_TIMEOUT') }),
    'Temporal unavailable': ofTemporal(14),
    'a limit of the namespace': ofTemporal(8),
    'no permission in Temporal': ofTemporal(7),
    'a start that failed for one of them': new ServiceError('Failed to start Workflow', {
      cause: ofTemporal(14),
    }),
    'a partition without a leader': withFields({
      name: 'KafkaJSProtocolError',
      retriable: true,
      type: 'LEADER_NOT_AVAILABLE',
    }),
    'too many tries of one of them': withFields({
      name: 'KafkaJSNumberOfRetriesExceeded',
      retriable: false,
      cause: withFields({ name: 'KafkaJSConnectionError', retriable: true }),
    }),
  },
  refusal: {
    'a refusal of our own functions': ofPostgres('GZ001'),
    'a number out of range': ofPostgres('22003'),
    'a violated constraint': ofPostgres('23514'),
    'an argument that Temporal refuses': ofTemporal(3),
    'a right that the broker does not give': withFields({
      name: 'KafkaJSProtocolError',
      retriable: false,
      type: 'TOPIC_AUTHORIZATION_FAILED',
    }),
  },
  bug: {
    'a table that does not exist': ofPostgres('42P01'),
    'a right that a role lacks': ofPostgres('42501'),
    'a mistake in our code': new TypeError('x is not a function'),
    'a file that is not there': ofNetwork('ENOENT'),
    'an outage and a mistake': new AggregateError([ofNetwork('ECONNREFUSED'), new TypeError('x')]),
    'something that is no error': 'Connection terminated',
    'words that sound like an outage': new Error('Connection terminated unexpectedly'),
  },
} as const;

describe('an error of a part outside the process', () => {
  for (const [expected, errors] of Object.entries(CASES)) {
    for (const [title, error] of Object.entries(errors)) {
      it(`is of class "${expected}": ${title}`, () => {
        assert.equal(classifyError(error), expected);
      });
    }
  }
});
