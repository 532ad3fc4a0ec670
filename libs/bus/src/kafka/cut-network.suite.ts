import net from 'node:net';
import type { KafkaConnection } from './kafka-client.js';

/** The way to the brokers, which a test can cut and mend. */
export class CutNetwork {
  readonly #sockets = new Set<net.Socket>();
  #isCut = false;

  readonly connectSocket: KafkaConnection['connectSocket'] = (address, onConnect) => {
    const socket = this.#isCut ? new net.Socket() : net.connect(address, onConnect);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#isCut) setImmediate(() => socket.destroy(new Error('the network is cut')));
    return socket;
  };

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy(new Error('the network is cut'));
  }

  mend(): void {
    this.#isCut = false;
  }
}
