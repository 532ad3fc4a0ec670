import net from 'node:net';
import tls from 'node:tls';
import { Kafka, logLevel, type SASLOptions, type logCreator } from 'kafkajs';
import type { BusLog } from '../bus-log.js';
import './fetch-decoding.js';
import './idle-timer.js';
import './produce-encoding.js';

interface Address {
  readonly host: string;
  readonly port: number;
  readonly ssl?: tls.ConnectionOptions | undefined;
}

export interface KafkaConnection {
  /** Addresses as `host:port`; one that answers is enough, it names the others. */
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly log: BusLog;
  /** TLS with a certificate for the broker's name; plain TCP where it is left out. */
  readonly tls?: { readonly ca?: string | undefined } | undefined;
  /** Who the client is, proven by SCRAM; nobody where it is left out. */
  readonly sasl?: KafkaLogin | undefined;
  /** Opens a TCP connection. Tests give one that they can cut. */
  readonly connectSocket?: (address: Address, onConnect: () => void) => net.Socket;
}

interface KafkaLogin {
  readonly mechanism: 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

const CONNECTION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 60_000;

/**
 * Retries of single steps (connecting, metadata, finding a group's coordinator): short, because whoever uses them has
 * retries of its own around them. All values are given: kafkajs has others where NODE_ENV is `test`.
 */
export const STEP_RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
  retries: 3,
};

/**
 * A kafkajs client. Every producer and consumer takes one of its own: consumers of one client and group share a table
 * of offsets, and a rebalance of the one would clear it under the other.
 */
export function kafkaClient(connection: KafkaConnection): Kafka {
  const { brokers, clientId, log, tls: security, sasl, connectSocket = openSocket } = connection;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(security && { ssl: security.ca === undefined ? {} : { ca: security.ca } }),
    ...(sasl && { sasl: sasl as SASLOptions }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: STEP_RETRY,
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const socket = connectSocket({ host, port, ssl }, onConnect);
      // A request is one write that waits for its answer: holding it back for a fuller packet only costs time.
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      return socket;
    },
    logLevel: logLevel.WARN,
    logCreator: logTo(log),
  });
}

function openSocket({ host, port, ssl }: Address, onConnect: () => void): net.Socket {
  if (!ssl) return net.connect({ host, port }, onConnect);
  // An address is no server name (RFC 6066): the certificate is held against it all the same.
  const servername = net.isIP(host) ? {} : { servername: host };
  return tls.connect({ host, port, ...servername, ...ssl }, onConnect);
}

/**
 * kafkajs calls an error, several times over, what it then retries by itself. What it does not get over is logged by
 * whoever takes over from it, so its own words are for those who look closely.
 */
function logTo(log: BusLog): logCreator {
  return () =>
    ({ namespace, log: { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...details } }) =>
      log('debug', `kafkajs ${namespace}: ${message}`, details);
}
