import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import type { Grant } from './simulated-provider.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Claims every JWT here carries; `exp` says the same as `expires_in`. */
const claims = ({ client_id, host, issuedAt, expiresIn, scope }: Grant) => ({
  iss: `https://${host}`,
  sub: client_id,
  aud: client_id,
  iat: issuedAt,
  exp: issuedAt + expiresIn,
  jti: randomUUID(),
  ...(scope === null ? {} : { scope }),
});

const hmacKey = randomBytes(32);

/** A JWT signed with HS256. */
export const hs256 = (grant: Grant, more: Readonly<Record<string, unknown>> = {}): string => {
  const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claims(grant), ...more })}`;
  return `${content}.${createHmac('sha256', hmacKey).update(content).digest('base64url')}`;
};

let rsa: ReturnType<typeof generateKeyPairSync> | undefined;

/** A JWT signed with RS256. */
export const rs256 = (grant: Grant, more: Readonly<Record<string, unknown>> = {}): string => {
  rsa ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  const content = `${part({ alg: 'RS256', typ: 'JWT', kid: 'sandbox' })}.${part({ ...claims(grant), ...more })}`;
  return `${content}.${sign('sha256', Buffer.from(content), rsa.privateKey).toString('base64url')}`;
};

/** Random hexadecimal. */
export const opaque = (characters: number): string => randomBytes(characters / 2).toString('hex');
