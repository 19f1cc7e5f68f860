/** Lets each holder of a key have one turn at a time; who comes meanwhile waits, in order. Other keys wait for nothing. */
export class Turns<Key> {
  readonly #last = new Map<Key, Promise<void>>()

  /** Resolves when it is this one's turn, with what ends it. */
  async take(key: Key): Promise<() => void> {
    const before = this.#last.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(key, promise)
    await before
    return () => {
      if (this.#last.get(key) === promise) this.#last.delete(key)
      resolve()
    }
  }
}
