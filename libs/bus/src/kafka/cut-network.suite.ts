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

  /** Lets nothing through any more on the connections that stand, without a word to either end. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }
}
