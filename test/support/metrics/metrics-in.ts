/** The names of PromQL that contain an underscore or a colon, and are no metrics. */
const FUNCTIONS = new Set([
  'clamp_min',
  'group_left',
  'histogram_quantile',
  'label_replace',
  'max_over_time',
  'min_over_time',
]);

/** The metrics that an expression of PromQL asks for. Of a histogram it is the name without `_bucket`, `_sum` or `_count`. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right) *\([^)]*\)/g, '');
  const names = [...bare.matchAll(/[a-z][\w:]*/g)].map(([name]) => name);
  const metrics = names.filter((name) => (name.includes('_') && !FUNCTIONS.has(name)) || name === 'up');
  return [...new Set(metrics.map((name) => name.replace(/(?<=_seconds)_(?:bucket|sum|count)$/, '')))];
}
