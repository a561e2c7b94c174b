// A host that watches one folder, and ends by itself, or not: it prints the processes that it has.
import { readFileSync } from "node:fs";
import { Failpoints, systemClock } from "@berth/base";
import { FolderWatches } from "../folder-watches.ts";

const [program, folder, goesOn] = process.argv.slice(2) as [string, string, string?];
const onWarning = ({ message }: { message: string }): void => console.error(message);
const options = { clock: systemClock, failpoints: new Failpoints(), onWarning, findProgram: () => program };
const watches = new FolderWatches(options);
watches.listen(folder, { onFolderEvent: () => undefined });
const waiting = goesOn === undefined ? setTimeout(() => undefined, 10_000) : setInterval(() => undefined, 10_000);
await watches.ready;
console.log(readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim());
if (goesOn === undefined) clearTimeout(waiting);
