import { get, never, openCapabilities } from "./open-capabilities.ts";

/** Fetches the address given on the command line and writes what came: for tests that need an environment of their own. */
const url = process.argv[2] ?? "";
await using probe = await openCapabilities({ grant: { network: [new URL(url).host] } });
process.stdout.write((await probe.capabilities.fetch(get(url), never())).body);
