/** What is waited for at this moment; each is told when nothing is left that could ever settle it. */
const waiting = new Set<() => void>();
let isListening = false;

/**
 * Waits for a promise of somebody else's code. One that nothing can settle any more would end the process without a word, with an
 * exit code that nobody documented.
 * @throws what `never` gives when the process has nothing left to do
 */
export function orNever<T>(work: Promise<T>, never: () => Error): Promise<T> {
  if (!isListening) process.on("beforeExit", () => [...waiting].forEach((giveUp) => giveUp()));
  isListening = true;
  return new Promise<T>((resolve, reject) => {
    const giveUp = (): void => settle(() => reject(never()));
    const settle = (end: () => void): void => {
      waiting.delete(giveUp);
      end();
    };
    waiting.add(giveUp);
    work.then((value) => settle(() => resolve(value)), (error: unknown) => settle(() => reject(error as Error)));
  });
}
