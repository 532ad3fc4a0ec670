/** One event of a stream. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * Reads server-sent events from the bytes of a stream, wherever those are cut. `lastEventId` is where the stream goes
 * on after the last block that was read whole.
 */
export class EventReader {
  lastEventId: string | undefined;
  private readonly decoder = new TextDecoder();
  private rest = '';

  /** The events that these bytes complete. A block without data is none; it may still carry an id. */
  take(bytes: Uint8Array): ServerSentEvent[] {
    this.rest += this.decoder.decode(bytes, { stream: true });
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => this.eventOf(block));
  }

  private eventOf(block: string): ServerSentEvent[] {
    const fields = new Map<string, string>();
    for (const line of block.split(/\r?\n/)) {
      const [, name = '', value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
      fields.set(name, fields.has(name) && name === 'data' ? `${fields.get(name)}\n${value}` : value);
    }
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    return data === undefined ? [] : [{ type: fields.get('event') ?? 'message', data }];
  }
}
