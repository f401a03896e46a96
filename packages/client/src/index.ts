export { ApiProblem, ForeignRefusal } from './api-problem.ts';
export { createCall, parseBody, pathOf, refusal } from './call.ts';
export type { ApiReply, ApiRequest, Call, CallOptions, Send } from './call.ts';
export { createCustomerClient } from './customer.ts';
export type { Customer, IdempotencyOption } from './customer.ts';
export { fetchTransport, REPLY_DEADLINE } from './fetch-transport.ts';
export type { FetchTransportOptions } from './fetch-transport.ts';
export type { OpenStream, OrderChange, OrderStream } from './follow-orders.ts';
