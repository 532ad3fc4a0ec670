/**
 * Has processes stand still while something else is measured beside them: they keep their memory, their connections and
 * their compiled code, and take no processor.
 */
export async function standstill<T>(pids: readonly number[], work: () => Promise<T>): Promise<T> {
  signal(pids, 'SIGSTOP');
  try {
    return await work();
  } finally {
    signal(pids, 'SIGCONT');
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}
