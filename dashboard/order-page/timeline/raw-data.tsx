import { Anchor, Code, Stack, Text } from '@mantine/core';
import { ExternalLink } from 'lucide-react';
import type { TimelineEntry } from '#contracts/values/timeline.ts';
import { toJson } from '#contracts/values/to-json.ts';
import { useSettings } from '../../api/settings.ts';
import { Time } from '../../shell/time.tsx';
import { linkToWorkflow } from '../link-to-workflow.ts';
import { TraceLink } from '../trace-link.tsx';
import { durationText } from './describe-entry.ts';
import { explainEntry } from './explain-entry.ts';
import { laneName } from './lanes.ts';

/** Everything that is known about one entry. @param start of the timeline, in ms since the epoch */
export function RawData({ entry, start }: { entry: TimelineEntry; start: number }) {
  const { temporal } = useSettings();
  const { at, until, component, what, detail } = entry;
  const took = until === undefined || until === null ? undefined : Date.parse(until) - Date.parse(at);
  const meaning = explainEntry(entry);
  return (
    <Stack gap="xs">
      <Text fw={600}>
        {laneName(component)}: {what.replaceAll('_', ' ')}
      </Text>
      <Text size="sm" c="dimmed">
        <Time at={at} />, {durationText(Date.parse(at) - start)} after the start
        {took !== undefined && took > 0 && `; took ${durationText(took)}`}
        {until === null && '; still running'}
      </Text>
      {meaning !== undefined && <Text size="sm">{meaning}</Text>}
      {/* The box scrolls, so the keyboard must be able to focus it. */}
      <Code block tabIndex={0} mah={280} aria-label="Raw data">
        {toText({ at, ...(until !== undefined && { until }), component, what, detail })}
      </Code>
      {'traceparent' in detail && <TraceLink trace={detail}>Open the trace</TraceLink>}
      {temporal && 'workflowId' in detail && (
        <Anchor
          href={linkToWorkflow(temporal, detail.workflowId, 'runId' in detail ? detail.runId : undefined)}
          target="_blank"
          rel="noreferrer"
          size="sm"
        >
          Open in Temporal's Web UI <ExternalLink size={12} aria-hidden />
        </Anchor>
      )}
    </Stack>
  );
}

/** Indented. Amounts are bigint here; each of them fits a JSON number. */
function toText(entry: object): string {
  return JSON.stringify(JSON.parse(toJson(entry)), null, 2);
}
