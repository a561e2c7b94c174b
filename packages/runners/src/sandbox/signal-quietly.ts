/** Sends `signal` to a process or, when `pid` is negative, a process group; nobody there is fine. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It went meanwhile.
  }
}
