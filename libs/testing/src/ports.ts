import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const PORT_MIN = 15_000;
const PORT_MAX = 32_000;
const ATTEMPTS_MAX = 100;

/** Whether a server could listen on this port of the loopback address now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * A free port below the range from which systems take the local ports of outgoing connections. One of that range can
 * be lost to any client while its server restarts, or connect to itself while the server is away.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`no free port between ${PORT_MIN} and ${PORT_MAX} in ${ATTEMPTS_MAX} attempts`);
}

/** The port to listen on: the given one, checked, or a free one. `owner` is named in the error. */
export async function claimPort(owner: string, port?: number): Promise<number> {
  if (port === undefined) return freePort();
  if (await isPortFree(port)) return port;
  throw new Error(`Port ${port}, on which ${owner} should listen, is taken: free it or name another port.`);
}
