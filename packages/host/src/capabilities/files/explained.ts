import { isHostError } from "@berth/contract";
import { failed, quoted, reasonOf } from "../capability-errors.ts";

const REASONS: Record<string, string> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "the operating system does not let the host",
  EPERM: "the operating system does not let the host",
  ENOSPC: "no space is left",
  EROFS: "the file system is read-only",
  ELOOP: "it is a link, or links lead in a circle",
  ENAMETOOLONG: "its name is too long",
};

/** Runs `work` and says in words what the operating system had against it. */
export async function explained<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isHostError(error)) throw error;
    throw failed(`Cannot ${verb} ${quoted(path)}: ${REASONS[reasonOf(error)] ?? reasonOf(error)}`, error);
  }
}
