import type { Payload, PayloadCodec } from '@temporalio/common';
import type { History, HistoryEvent, PendingActivity } from './history-steps.ts';

type Failure = NonNullable<PendingActivity['lastFailure']>;

export interface Run {
  readonly history: History;
  readonly pending: readonly PendingActivity[];
}

/**
 * Decodes what the timeline shows of a run, the summaries of timers and the messages of failures. What cannot be decoded stays
 * as it is, so that the rest of a run is shown whose key is lost.
 */
export async function decodeRun(run: Run, codecs: readonly PayloadCodec[]): Promise<Run> {
  if (codecs.length === 0) return run;
  const { history, pending } = run;
  const events = await Promise.all((history.events ?? []).map(decodeEvent));
  return { history: { events }, pending: await Promise.all(pending.map(withLastFailure)) };

  async function decodeEvent(event: HistoryEvent): Promise<HistoryEvent> {
    const { timerStartedEventAttributes, markerRecordedEventAttributes: marker } = event;
    const { userMetadata, activityTaskStartedEventAttributes: started } = event;
    if (timerStartedEventAttributes && userMetadata?.summary) {
      return { ...event, userMetadata: { ...userMetadata, summary: await decode(userMetadata.summary) } };
    }
    if (marker?.failure) {
      const failure = await decodeFailure(marker.failure);
      return { ...event, markerRecordedEventAttributes: { ...marker, failure } };
    }
    if (started) return { ...event, activityTaskStartedEventAttributes: await withLastFailure(started) };
    return event;
  }

  async function withLastFailure<Of extends Pick<PendingActivity, 'lastFailure'>>(of: Of): Promise<Of> {
    return of.lastFailure ? { ...of, lastFailure: await decodeFailure(of.lastFailure) } : of;
  }

  async function decodeFailure(failure: Failure): Promise<Failure> {
    const { encodedAttributes, cause } = failure;
    const message = encodedAttributes && messageOf(await decode(encodedAttributes));
    return {
      ...failure,
      ...(message !== undefined && { message }),
      ...(cause && { cause: await decodeFailure(cause) }),
    };
  }

  async function decode(payload: Payload): Promise<Payload> {
    try {
      const decoded = await codecs.reduceRight(
        async (payloads, codec) => codec.decode(await payloads),
        Promise.resolve([payload]),
      );
      return decoded[0] ?? payload;
    } catch {
      return payload;
    }
  }
}

function messageOf(payload: Payload): string | undefined {
  const attributes = valueOf(payload) as { message?: string } | undefined;
  return attributes?.message;
}

/** What a payload of JSON says; undefined of any other, such as one that is encrypted. */
export function valueOf({ metadata, data }: Payload): unknown {
  const isJson = Buffer.from(metadata?.['encoding'] ?? []).toString() === 'json/plain';
  return isJson && data ? JSON.parse(Buffer.from(data).toString()) : undefined;
}
