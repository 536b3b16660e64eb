import { Buffer } from 'node:buffer';

/**
 * `exp` of a JWT (RFC 7519 §4.1.4) in seconds since the epoch, unverified: good for scheduling only. A token that
 * is no JWT, or has no usable `exp`, answers null.
 */
export const jwtExp = (token: string): number | null => {
  const [, payload, signature, ...more] = token.split('.');
  if (payload === undefined || signature === undefined || more.length > 0) return null;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown } | null;
    const exp = claims?.exp;
    return typeof exp === 'number' && exp > 0 ? exp : null;
  } catch {
    return null;
  }
};
