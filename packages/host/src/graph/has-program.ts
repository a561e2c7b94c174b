import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { isProgramName, PROGRAM_FOLDERS } from "../capabilities/exec/find-program.ts";

/** Whether a program is where plugins may run programs from. */
export function hasProgram(name: string): boolean {
  if (!isProgramName(name)) return false;
  const candidates = isAbsolute(name) ? [name] : PROGRAM_FOLDERS.map((folder) => join(folder, name));
  return candidates.some(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
