import { Buffer } from 'node:buffer';

/**
 * `exp` of a JWT (RFC 7519 §4.1.4) in seconds since the epoch, unverified: good for scheduling only. A token that
 * is no JWT, or has no usable `exp`, answers null.
 */
export const jwtExp = (token: string): number | null => {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null;
    return typeof claims.exp === 'number' && claims.exp > 0 ? claims.exp : null;
  } catch {
    return null;
  }
};
