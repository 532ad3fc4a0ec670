/** How many transactions have ended in this instance since its start. */
export class EndCounts {
  private readonly byParticipant = new Map<string, number>();
  private all = 0;

  get total(): number {
    return this.all;
  }

  /** Of those with a branch of this participant. */
  of(participant: string): number {
    return this.byParticipant.get(participant) ?? 0;
  }

  /** @param participants of the branches of one that has ended. */
  add(participants: Iterable<string>): void {
    this.all += 1;
    for (const name of new Set(participants)) this.byParticipant.set(name, this.of(name) + 1);
  }
}
