import { isIPv4 } from 'node:net';

/** Whether a name or address means this machine alone. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

/**
 * The header by which a request shows that a foreign page sent it, through a browser on this machine: a name of its own
 * that was made to point here (Host), or its own address (Origin).
 */
export function foreignHeader(
  host: string | undefined,
  origin: string | undefined,
): 'Host' | 'Origin' | undefined {
  if (!isLoopbackUrl(`http://${host ?? ''}`)) return 'Host';
  if (origin !== undefined && !isLoopbackUrl(origin)) return 'Origin';
  return undefined;
}

function isLoopbackUrl(text: string): boolean {
  return URL.canParse(text) && isLoopback(new URL(text).hostname);
}
