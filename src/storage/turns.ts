/** Runs one piece of work at a time, in the order asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.then(ignore, ignore)
    return turn
  }
}

function ignore(): void {}
