import { Failpoints } from "@berth/base";
import { writeSync } from "node:fs";
import { openDatabase } from "../src/open-database.ts";
import { SLOW_MIGRATIONS } from "./slow-migrations.ts";

/** Migrates the database of the first argument; kills itself at the commit whose number is the second, or when it is done. */
const [path = "", fatalCommit = ""] = process.argv.slice(2);

const failpoints = new Failpoints();
failpoints.arm("storage.commit", (visit) => {
  if (visit === Number(fatalCommit)) process.kill(process.pid, "SIGKILL");
});
writeSync(1, "started\n");
openDatabase({ path, failpoints, migrations: SLOW_MIGRATIONS });
writeSync(1, "migrated\n");
process.kill(process.pid, "SIGKILL");
