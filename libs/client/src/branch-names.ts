/**
 * Names the branches of one transaction. The names follow from the order of the calls alone, so that a repeated run
 * makes the same ones, and so the same branches.
 */
export class BranchNames {
  readonly #taken = new Set<string>();

  /** The given name, else the resource's, with `-2`, `-3` and so on where that is taken. */
  nameFor(resource: string, given: string | undefined): string {
    let name = given ?? resource;
    for (let count = 2; given === undefined && this.#taken.has(name); count++) name = `${resource}-${count}`;
    this.#taken.add(name);
    return name;
  }
}
