import { z } from 'zod';
import { ROUTES } from '../values/routes.ts';
import { defineRoute } from './route-contract.ts';
import { givenTime, withJsonSchema } from './wire.ts';

const moment = (meaning: string) => ({ type: 'string', format: 'date-time', description: meaning });

export const exportSettlementsRoute = defineRoute({
  ...ROUTES.exportSettlements,
  tag: 'System',
  operator: true,
  merchant: true,
  summary: 'What was paid, captured and refunded in a period, as CSV',
  description:
    'A line for each time that money of an order moved: a debit or a capture is positive, a refund negative. Oldest first. ' +
    'For merchants and operators. A period that ended a minute ago does not change any more.',
  query: z.strictObject({
    from: withJsonSchema(givenTime, moment('The beginning of the period.')),
    to: withJsonSchema(givenTime.optional(), moment('Its end, which is not part of it; by default now.')),
  }),
  reply: {
    status: 200,
    description: 'CSV (RFC 4180) in UTF-8 with a header.',
    schema: z.string(),
    contentType: 'text/csv',
    headers: { 'Content-Disposition': 'A name for the file.' },
  },
  problems: [],
});

export const settlementApi = [exportSettlementsRoute] as const;
