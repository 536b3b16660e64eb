/**
 * Loaded into every function's process with `--import preload.ts?port=…&ca=…&allow=…`. Every connection to anything but
 * loopback ends at the simulated providers' port on this machine, so nothing can leave it; the name the function asked
 * for stays in TLS (SNI, certificate check) and in HTTP. The functions' own code knows nothing of it.
 *
 * - `port`: of the simulated providers
 * - `ca`: their certificate (PEM, base64url); the only one that is trusted
 * - `allow`: a host that may be reached all the same: that of a user's own AWS endpoint
 */
import net from 'node:net';
import tls from 'node:tls';

const parameters = new URL(import.meta.url).searchParams;
const port = Number(parameters.get('port'));
const allowed = parameters.get('allow');
const ca = parameters.get('ca');

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

interface Target {
  readonly host?: string;
  readonly path?: string;
}

const redirected = (target: unknown): unknown => {
  if (typeof target !== 'object' || target === null) return target;
  const { host = 'localhost', path } = target as Target;
  const stays = typeof path === 'string' || LOOPBACK.test(host) || host === allowed;
  return stays ? target : { ...target, host: '127.0.0.1', port, lookup: undefined };
};

// Everything that opens a TCP connection ends here: node:http(s) with any agent, tls.connect and fetch alike. The
// arguments are options, or a list of normalized options and callback where Node's own net.connect calls.
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const [first, ...rest] = args;
  if (Array.isArray(first)) {
    // Node marks this list with a symbol and normalizes it again without: so it is changed in place.
    first[0] = redirected(first[0]);
    return Reflect.apply(connect, this, args);
  }
  if (typeof first === 'number') {
    const host = typeof rest[0] === 'string' ? rest.shift() : undefined;
    return Reflect.apply(connect, this, [redirected({ port: first, host }), ...rest]);
  }
  return Reflect.apply(connect, this, [redirected(first), ...rest]);
} as typeof connect;

if (ca !== null) tls.setDefaultCACertificates([Buffer.from(ca, 'base64url').toString()]);
