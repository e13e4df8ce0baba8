import type { FetchImplementation, JWTVerifyGetKey } from 'jose';

const TIMEOUT_MS = 5000;
/** Keys older than this are asked for anew before they are used. */
const FRESH_MS = 600_000;
/** While the issuer is away, keys are used up to this age. */
const OLDEST_MS = 3_600_000;
/** After a failure, the issuer is left alone for this time. */
const PAUSE_MS = 5000;
/** Longest answer of an issuer that is read. */
const MAX_BYTES = 1_048_576;

/**
 * The keys that an issuer publishes. They are asked for at the first token and when a token names an unknown key, at
 * most once in 30 s; after a failure at most once in 5 s. While the issuer is away, its keys stay in use for an hour.
 *
 * @throws (the function that is returned) An error without a code of jose when the keys cannot be had now.
 */
export async function openPublishedKeys(url: URL): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, createRemoteJWKSet, customFetch } = await import('jose');
  let fetchedAtMs = -Infinity;
  const readKeys: FetchImplementation = async (from, options) => {
    const text = await readAnswer(from, options);
    createLocalJWKSet(JSON.parse(text) as Parameters<typeof createLocalJWKSet>[0]);
    fetchedAtMs = performance.now();
    return new Response(text);
  };
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: Infinity,
    [customFetch]: withPauses(readKeys),
  });
  const ageMs = (): number => performance.now() - fetchedAtMs;
  return async (header, token) => {
    if (ageMs() > FRESH_MS) {
      await keys.reload().catch((error: unknown) => {
        if (ageMs() > OLDEST_MS) throw error;
      });
    }
    return keys(header, token);
  };
}

/** After a failure, it fails in the same way without a request until the pause is over. */
function withPauses(read: FetchImplementation): FetchImplementation {
  let failed: { error: unknown; untilMs: number } | undefined;
  return async (url, options) => {
    if (failed !== undefined && performance.now() < failed.untilMs) throw failed.error;
    try {
      return await read(url, options);
    } catch (cause) {
      const error = new Error('the keys of the issuer could not be had', { cause });
      failed = { error, untilMs: performance.now() + PAUSE_MS };
      throw error;
    }
  };
}

async function readAnswer(...[url, options]: Parameters<FetchImplementation>): Promise<string> {
  const answer = await fetch(url, options);
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`it answered with status ${answer.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Error(`its answer is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
