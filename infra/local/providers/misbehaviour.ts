import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Fault, ProviderFaultKind } from '../faults.ts';
import type { Answer } from './simulated-provider.ts';

/** An answer that is no HTTP answer: nothing at all, or a body that never ends. */
export type Misbehaviour = 'reset' | 'drip';

/** A host nobody is registered at: who follows a redirect to it is found in the record of requests. */
export const REDIRECT_TARGET = 'https://redirected.example.com/token';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const page = (title: string) =>
  `<!doctype html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;

const INSTEAD: { readonly [Kind in ProviderFaultKind]?: (fault: Fault) => Answer | Misbehaviour } = {
  outage: () => ({ status: 503, headers: HTML, body: page('503 Service Temporarily Unavailable') }),
  reset: () => 'reset',
  drip: () => 'drip',
  html: () => ({ status: 200, headers: HTML, body: page('Sign in') }),
  garbage: () => ({ status: 200, headers: { 'content-type': 'application/json' }, body: randomBytes(512) }),
  redirect: () => ({ status: 307, headers: { location: REDIRECT_TARGET }, body: '' }),
  bomb: () => ({
    status: 200,
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(`{"access_token":"${'a'.repeat(10 * 1024 * 1024)}","token_type":"Bearer"}`),
  }),
  '429': ({ amount }) => ({
    status: 429,
    headers: {
      'content-type': 'application/json',
      ...(amount === null ? {} : { 'retry-after': String(amount) }),
    },
    body: '{"error":"temporarily_unavailable","error_description":"too many requests"}',
  }),
};

/** What the first of these faults that replaces the answer puts in its place; null where none does. */
export const misbehaviour = (active: readonly Fault[]): Answer | Misbehaviour | null => {
  for (const fault of active) {
    const instead = INSTEAD[fault.kind as ProviderFaultKind];
    if (instead !== undefined) return instead(fault);
  }
  return null;
};
