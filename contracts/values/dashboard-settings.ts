/** What the gateway tells the dashboard before it begins: GET /settings.json. */
export interface DashboardSettings {
  /** How a customer says who he is: see gateway/dev-identity.ts and gateway/jwt-identity.ts. */
  readonly identity: 'dev' | 'jwt';
  /** ISO 4217; the one currency of this shop. */
  readonly currency: string;
  /** Temporal's Web UI for whoever looks at the dashboard, and the namespace of our workflows; null without one. */
  readonly temporal: { readonly url: string; readonly namespace: string } | null;
  /** Whether this gateway lets operators put the system under load and break its parts: contracts/http/stack-api.ts. */
  readonly controls: boolean;
  readonly version: string;
}
