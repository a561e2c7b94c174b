import { closeSync, fsyncSync, openSync } from "node:fs";

/** Makes what was put into a folder, or renamed in it, outlast a power cut. */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, "r");
  } catch {
    return; // Windows cannot open a folder; its entries are durable with their files.
  }
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
