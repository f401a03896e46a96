import { Anchor } from '@mantine/core';
import { ExternalLink } from 'lucide-react';
import { isSampled, traceIdOf } from '#contracts/values/trace-context.ts';
import type { TraceContext } from '#contracts/values/trace-context.ts';
import { useSettings } from '../api/settings.ts';

/** A link to the trace of a request, where this shop has traces and this one is recorded. */
export function TraceLink({ trace, children }: { trace: TraceContext; children: string }) {
  const { traceUrl } = useSettings();
  if (traceUrl === null || !isSampled(trace)) return null;
  return (
    <Anchor
      href={traceUrl.replaceAll('{traceId}', traceIdOf(trace))}
      target="_blank"
      rel="noreferrer"
      size="sm"
    >
      {children} <ExternalLink size={12} aria-hidden />
    </Anchor>
  );
}
