/**
 * A map for what comes and goes all the time. V8 moves a Map that is written often to a new table now and then, and the
 * old table keeps what it held and a reference to the next. Once one of them has outlived its youth, everything that
 * ever was in a later one survives as well, until V8 looks through its whole heap: copied by each scavenge, and filling
 * the old generation. So what is deleted here is taken out of its slot, and old tables keep empty slots only
 * (docs/decisions/0013).
 */
export class PassingMap<V extends object> {
  private readonly slots = new Map<string, { value: V | undefined }>();

  get size(): number {
    return this.slots.size;
  }

  get(key: string): V | undefined {
    return this.slots.get(key)?.value;
  }

  set(key: string, value: V): void {
    const slot = this.slots.get(key);
    if (slot) slot.value = value;
    else this.slots.set(key, { value });
  }

  delete(key: string): void {
    const slot = this.slots.get(key);
    if (!slot) return;
    slot.value = undefined;
    this.slots.delete(key);
  }

  /** In the order in which their keys came. */
  *values(): Generator<V> {
    for (const { value } of this.slots.values()) if (value) yield value;
  }

  /** In the order in which their keys came. */
  *entries(): Generator<[string, V]> {
    for (const [key, { value }] of this.slots) if (value) yield [key, value];
  }
}
