import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

// For a container's health check: whether runs are still made. Every run that ends, well or badly, adds a line to the metrics; a
// source that fails is no reason to restart the host, a host that makes no runs is.

const DEFAULT_MINUTES = 60;

const dataFolder = process.argv[2] ?? ".berth";
const minutes = Number(process.env["BERTH_HEALTH_MINUTES"] || DEFAULT_MINUTES);

const lastRunAt = newestChange(join(dataFolder, "signage/metrics"));
const ageMinutes = (Date.now() - lastRunAt) / 60_000;
if (lastRunAt === 0) console.log("No run has ended yet");
else console.log(`The last run ended ${Math.round(ageMinutes)} min ago, ${minutes} are allowed`);
process.exitCode = ageMinutes <= minutes ? 0 : 1;

/** Milliseconds since 1970; 0 when there is nothing. */
function newestChange(folder: string): number {
  try {
    return Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));
  } catch {
    return 0;
  }
}
