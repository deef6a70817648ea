/** Runs tasks that depend on each other, as many at once as there are cores; the order never changes a result, only the time. */

export interface Task {
  readonly name: string;
  /** Tasks that must have ended well before this one starts. */
  readonly after: readonly string[];
  /** Whether it can use more than one thread. */
  readonly parallel: boolean;
}

/** What a task calls when it knows that it needs only so many of the threads that it was given. */
export type KeepThreads = (threads: number) => void;

/**
 * Starts every task once the tasks it needs are done, at most `cores` at a time. Of several that could start, the one on which
 * most others wait goes first, then the one that was listed first. A task is given `threads`, its share of the cores that are free, and
 * gives back with `keep` what it does not need.
 *
 * After `stop()` becomes true, or when a task fails, nothing new is started; what is running is waited for.
 * @returns the errors of the tasks that failed, by name, in the order of failure
 */
export async function schedule<T extends Task>(
  tasks: readonly T[],
  cores: number,
  start: (task: T, threads: number, keep: KeepThreads) => Promise<void>,
  stop: () => boolean,
): Promise<Map<string, Error>> {
  const waiting = new Set(tasks.map((task) => task.name));
  const done = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const errors = new Map<string, Error>();
  const dependents = countDependents(tasks);
  let free = Math.max(1, cores);
  let freed = () => {};
  const begin = (task: T, threads: number) => {
    let held = threads;
    const keep = (needed: number) => {
      const spare = held - Math.max(1, needed);
      if (spare <= 0) return;
      held -= spare;
      free += spare;
      freed();
    };
    return start(task, threads, keep)
      .then(() => void done.add(task.name))
      .catch((error: unknown) => void errors.set(task.name, error instanceof Error ? error : new Error(String(error))))
      .then(() => {
        free += held;
        running.delete(task.name);
      });
  };
  for (;;) {
    const ready = tasks
      .filter((task) => waiting.has(task.name) && task.after.every((name) => done.has(name)))
      .sort((a, b) => (dependents.get(b.name) ?? 0) - (dependents.get(a.name) ?? 0));
    const batch = stop() || errors.size > 0 ? [] : ready.slice(0, free);
    const shares = share(batch, free);
    free -= shares.reduce((sum, threads) => sum + threads, 0);
    const changed = new Promise<void>((resolve) => {
      freed = resolve;
    });
    batch.forEach((task, i) => {
      waiting.delete(task.name);
      running.set(task.name, begin(task, shares[i]));
    });
    if (running.size === 0) return errors;
    await Promise.race([...running.values(), changed]);
  }
}

/** Threads for each of some tasks, one at least; what those that use one alone leave goes to the others. */
function share(batch: readonly Task[], cores: number): number[] {
  let left = batch.filter((task) => task.parallel).length;
  let free = cores - (batch.length - left);
  return batch.map((task) => {
    if (!task.parallel) return 1;
    const threads = Math.floor(free / left--);
    free -= threads;
    return threads;
  });
}

/** How many tasks wait for each one, directly or through others. */
function countDependents(tasks: readonly Task[]): Map<string, number> {
  const waitingFor = new Map(tasks.map((task) => [task.name, new Set<string>()]));
  // Tasks are listed after those they need, so going backwards every set is complete when it is passed on.
  for (const task of [...tasks].reverse()) {
    for (const name of task.after) {
      const set = waitingFor.get(name);
      set?.add(task.name);
      for (const further of waitingFor.get(task.name) ?? []) set?.add(further);
    }
  }
  return new Map([...waitingFor].map(([name, set]) => [name, set.size]));
}
