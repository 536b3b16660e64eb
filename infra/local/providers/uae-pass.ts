import { randomUUID } from 'node:crypto';
import { json, type SimulatedProvider } from './simulated-provider.ts';

const HOSTS: Readonly<Record<string, string>> = { production: 'id.uaepass.ae', staging: 'stg-id.uaepass.ae' };

export const uaePass = ({
  environment = 'production',
  bodyFormat = 'multipart',
}: {
  environment?: string;
  bodyFormat?: 'multipart' | 'form';
}): SimulatedProvider => ({
  host: HOSTS[environment] ?? '',
  path: '/idshub/token',
  grant: 'authorization_code',
  credentialsIn: 'header',
  format: bodyFormat,
  lifetimeSeconds: 3600,
  rejected: json(400, { error: 'Invalid request' }),
  unregistered: json(400, {
    error: 'invalid_client',
    error_description: 'A valid OAuth client could not be found for client_id',
  }),
  refusal: ({ error, description }) => json(400, { error, error_description: description }),
  mint: () => randomUUID(),
  body: (access_token, { expiresIn }) => ({
    access_token,
    scope: 'urn:uae:digitalid:profile:general',
    token_type: 'Bearer',
    expires_in: expiresIn,
  }),
});
