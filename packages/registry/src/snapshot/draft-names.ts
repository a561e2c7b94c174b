const PREFIX = ".draft-";
const DRAFT = /^\.draft-(\d+)\./;

/** A name for a copy in the making, beside the finished ones. Chance only keeps drafts apart: nothing is ever overwritten. */
export function newDraftName(): string {
  return `${PREFIX}${process.pid}.${Math.random().toString(36).slice(2)}`;
}

export function isDraft(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Whether another process that is there may be making it. */
export function isOfLiveProcess(name: string): boolean {
  const pid = Number(DRAFT.exec(name)?.[1] ?? 0);
  if (pid === 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
