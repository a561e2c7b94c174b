/** More at a time than a machine has cores: much of the work is waiting. */
const WIDTH = 4;

/** One piece of work, and the names of those that come first. Names that are not among the pieces do not count. */
export interface OrderedWork {
  name: string;
  needs: readonly string[];
  run(): Promise<void>;
}

/**
 * Does each piece once those it needs are done, side by side where nothing forbids it. After a failure nothing more is begun; what was
 * begun is waited for.
 *
 * @param works those that others need come before them.
 * @throws the first failure.
 */
export async function inOrder(works: readonly OrderedWork[]): Promise<void> {
  const waiting = new Map(works.map((work) => [work.name, work]));
  const running = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  const begin = (): void => {
    for (const work of waiting.values()) {
      const { name, needs } = work;
      if (running.size >= WIDTH || failures.length > 0) return;
      if (needs.some((need) => waiting.has(need) || running.has(need))) continue;
      waiting.delete(name);
      const done = work
        .run()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(name));
      running.set(name, done);
    }
  };
  for (begin(); running.size > 0; begin()) await Promise.race(running.values());
  if (failures.length > 0) throw failures[0];
}
