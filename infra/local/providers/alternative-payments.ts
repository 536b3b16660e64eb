import { json, type SimulatedProvider } from './simulated-provider.ts';
import { opaque } from './tokens.ts';

const HOSTS: Readonly<Record<string, string>> = {
  production: 'public-api.alternativepayments.io',
  demo: 'public-api.demo.alternativepayments.io',
};

export const alternativePayments = ({
  environment = 'production',
}: {
  environment?: string;
}): SimulatedProvider => ({
  host: HOSTS[environment] ?? '',
  path: '/oauth/token',
  grant: 'client_credentials',
  credentialsIn: 'header',
  format: 'form',
  lifetimeSeconds: 3600,
  perSecond: 5,
  rejected: json(403, { message: 'Forbidden' }),
  refusal: ({ status, description, headers }) => json(status, { message: description }, headers),
  mint: () => opaque(56),
  body: (access_token, { expiresIn }) => ({ access_token, expires_in: expiresIn, token_type: 'bearer' }),
});
