import { join } from "node:path";
import { createHost } from "@berth/host";

await using host = await createHost({
  roots: [{ kind: "folder", path: join(import.meta.dirname, "plugins"), trust: "first-party" }],
  dataFolder: process.argv[2] ?? ".berth",
});

// Each page calls the service "chart", and gets it from the version it is bound to.
for (const service of ["old-page", "new-page"]) {
  console.log(await host.services.call({ service, method: "show", input: null, caller: "app/example" }));
}
console.log(host.plugins.plugins.map(({ name }) => name).join(", "));
console.log(host.checkDependencies("old-page"));
