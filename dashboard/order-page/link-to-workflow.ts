/** A workflow's page in Temporal's Web UI: of its latest run, or of the given one. */
export function linkToWorkflow(
  temporal: { readonly url: string; readonly namespace: string },
  workflowId: string,
  runId?: string,
): string {
  const path = [
    'namespaces',
    temporal.namespace,
    'workflows',
    workflowId,
    ...(runId ? [runId, 'history'] : []),
  ];
  return `${temporal.url}/${path.map(encodeURIComponent).join('/')}`;
}
