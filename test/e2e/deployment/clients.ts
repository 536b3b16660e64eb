import { LONG_LIFETIME_SECONDS } from './names.ts';

/** The clients that the authorization server knows, by what they are there for. */
export const basic = {
  client_id: 'basic',
  client_secret: 's+e%c r:e&t',
  token_endpoint_auth_method: 'client_secret_basic',
} as const;
export const rotated = { ...basic, client_id: 'rotated', client_secret: 'another=one' };
export const post = {
  client_id: 'post',
  client_secret: 'p+o%s t',
  token_endpoint_auth_method: 'client_secret_post',
} as const;
export const long = { ...post, client_id: 'long', lifetimeSeconds: LONG_LIFETIME_SECONDS };
export const longRotated = { ...long, client_id: 'long-rotated', client_secret: 'a third=one' };
