import { Buffer } from 'node:buffer';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream';
import { RefreshError } from '../errors.ts';
import type { TokenRequest } from './token-request.ts';

/** What a token endpoint answered, unjudged. */
export interface TokenHttpResponse {
  readonly status: number;
  /** `Retry-After` as sent. */
  readonly retryAfter: string | null;
  /** Decompressed, at most `MAX_BODY_BYTES`. */
  readonly body: Buffer;
  /** Milliseconds since the epoch; a lifetime counts from here. */
  readonly sentAt: number;
}

export const MAX_BODY_BYTES = 64 * 1024;

export interface SendOptions {
  /** One deadline over connect, TLS, headers and body. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => number;
}

export type Send = (request: TokenRequest, options: SendOptions) => Promise<TokenHttpResponse>;

/**
 * Sends one token request and reads the whole answer. Follows no redirect and retries nothing.
 *
 * It uses node:https, not fetch: fetch loads undici, 45 ms of a cold start, follows redirects and cannot say
 * whether a request left the machine.
 *
 * @throws RefreshError
 * - `unreachable`: DNS, refused connection or TLS; the request certainly did not leave
 * - `connection_lost`: the connection broke after the request may have left
 * - `timed_out`: the deadline passed after the request may have left; before that it is `unreachable`
 * - `response_too_large`: more than `MAX_BODY_BYTES` after decompression
 * - `not_a_token_response`: an encoding that cannot be decoded
 */
export const send: Send = (request, { timeoutMs, signal, now = Date.now }) =>
  new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    let left = false;
    const fail = (cause: unknown) => reject(transportError(cause, left, stop.aborted));

    const open = request.url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = open(request.url, {
      method: 'POST',
      headers: request.headers,
      signal: stop,
      agent: false,
    });
    const sentAt = now();
    outgoing.once('socket', (socket) => {
      socket.once(request.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        left = true;
      });
    });
    let answered = false;
    const settle = ({ statusCode = 0, headers }: IncomingMessage, body: Buffer) =>
      resolve({ status: statusCode, retryAfter: headers['retry-after'] ?? null, body, sentAt });
    outgoing.on('error', (cause) => {
      // Once there is a status, what breaks is the body: reading it meets the error again.
      if (!answered) fail(cause);
    });
    // Without a listener Node would drop the connection and tell nobody.
    outgoing.once('upgrade', (incoming, socket) => {
      socket.destroy();
      settle(incoming, Buffer.alloc(0));
    });
    outgoing.once('response', (incoming) => {
      answered = true;
      // An error before the body is read must not be an uncaught one.
      incoming.on('error', () => undefined);
      read(incoming).then(
        (body) => settle(incoming, body),
        (cause) => {
          outgoing.destroy();
          const { statusCode = 0 } = incoming;
          // A refusal is told by its status; a body that cannot be read must not make it look like another failure.
          if (statusCode >= 200 && statusCode < 300) fail(cause);
          else settle(incoming, Buffer.alloc(0));
        },
      );
    });
    outgoing.end(request.body);
  });

const DECODERS = new Map([
  ['gzip', 'createGunzip'],
  ['x-gzip', 'createGunzip'],
  ['deflate', 'createInflate'],
  ['br', 'createBrotliDecompress'],
] as const);
type Encoding = Parameters<typeof DECODERS.get>[0];

const read = async (incoming: IncomingMessage): Promise<Buffer> => {
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() as Encoding;
  const create = DECODERS.get(encoding);
  // Loaded when first needed: nothing is asked to be compressed, and it is a tenth of the cold start.
  const decoder = create === undefined ? undefined : (await import('node:zlib'))[create]();
  // A pipeline, since it also ends where the answer broke before it began.
  const stream = decoder === undefined ? incoming : pipeline(incoming, decoder, () => undefined);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        incoming.destroy();
        throw new RefreshError(
          'response_too_large',
          `the response is over ${MAX_BODY_BYTES} bytes: this is no token endpoint's answer`,
        );
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    // No bytes are an empty body, whatever they are said to be compressed by.
    const isEmpty = incoming.complete && errorCode(cause) === 'Z_BUF_ERROR' && decoder?.bytesWritten === 0;
    if (!isEmpty) throw cause;
  }
  return Buffer.concat(chunks);
};

const transportError = (cause: unknown, left: boolean, stopped: boolean): RefreshError => {
  if (cause instanceof RefreshError) return cause;
  const code = errorCode(cause);
  if (!left) {
    return new RefreshError(
      'unreachable',
      stopped
        ? 'no connection to the token endpoint in time'
        : `no connection to the token endpoint (${code})`,
    );
  }
  if (stopped) return new RefreshError('timed_out', 'the token endpoint did not answer in time');
  // Z_BUF_ERROR is a stream that ends too early, as any body can.
  if (/^(?:Z_|ERR__)/.test(code) && code !== 'Z_BUF_ERROR') {
    return new RefreshError('not_a_token_response', `the response could not be decompressed (${code})`);
  }
  return new RefreshError('connection_lost', `the connection broke before the answer was complete (${code})`);
};

/** The code alone: messages of Node's network errors are not ours to vouch for. */
const errorCode = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
