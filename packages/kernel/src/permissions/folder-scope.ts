import { sep } from "node:path";

/** Whether the absolute, normalised `path` is `folder` or lies below it. By text alone: links are the caller's business. */
export function isInFolder(path: string, folder: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The smaller of two nested folders; `undefined` when neither holds the other. */
export function intersectFolders(a: string, b: string): string | undefined {
  if (isInFolder(a, b)) return a;
  return isInFolder(b, a) ? b : undefined;
}
