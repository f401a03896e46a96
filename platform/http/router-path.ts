/** A contract's path as @koa/router writes it: /api/orders/:orderId for /api/orders/{orderId}. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
