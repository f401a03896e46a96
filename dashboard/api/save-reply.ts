import { parseBody, refusal } from '@gozon/client';

/** In ms, after which no browser needs the URL of a file any more to save it. */
const URL_LIFE = 60_000;

/**
 * Saves a reply of any length as a file. A link could not say who asks, which is in a header. Not chunk by chunk either:
 * the browser puts on its disk what it reads for a Blob. 800 MB took at most 20 MB of Chromium's own process and 29 MB of the
 * page's; only a private window, which must not write, took 800. And a reply that breaks off is no Blob, so half a file is
 * never saved.
 * @throws ApiProblem when it is a refusal, or a network error when it does not come to its end
 */
export async function saveReply(reply: Response): Promise<void> {
  const { status, headers } = reply;
  if (!reply.ok) {
    const body = parseBody(headers.get('content-type'), await reply.text());
    throw refusal({ status, headers: Object.fromEntries(headers), body });
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await reply.blob());
  link.download = /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? '';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), URL_LIFE);
}
