/** The settings that the dashboard reads from the gateway when it starts: GET /settings.json. */
export interface DashboardSettings {
  /** How a customer is identified: see gateway/identity/dev-identity.ts and gateway/identity/jwt-identity.ts. */
  readonly identity: 'dev' | 'jwt';
  /** ISO 4217. The only currency of this shop. */
  readonly currency: string;
  /** Temporal's Web UI as a browser reaches it, and the namespace of our workflows. Null if there is no Web UI. */
  readonly temporal: { readonly url: string; readonly namespace: string } | null;
  /** Where a browser finds a trace, with {traceId} in place of its id. Null if there is no such place. */
  readonly traceUrl: string | null;
  /** Whether this gateway lets operators start load and inject faults: contracts/http/stack-api.ts. */
  readonly controls: boolean;
  readonly version: string;
}
