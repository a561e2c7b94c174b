import { createHost, createTextSink, firstPartyRoot } from "@berth/host";
import { composeEndpoint } from "@berth/kernel/calls";

// The host finds the plugins; no code of theirs is loaded yet.
await using host = await createHost({
  roots: [firstPartyRoot()],
  dataFolder: process.argv[2] ?? ".berth",
  logSink: createTextSink(process.stderr),
});
console.log("sources:", host.plugins.names("source").join(", "));

// An instance is a contribution with a configuration. Its plugin is loaded by the first call.
await using machine = host.instance({
  contribution: "source/system-health",
  instanceId: "this-machine",
  config: { title: "Embedded", processes: 3 },
});

// An endpoint puts policies around it, once.
const endpoint = composeEndpoint({
  name: "source/system-health (this-machine)",
  invoke: (_input: undefined, call) => machine.method("fetch")([], call),
  clock: host.clock,
  wheel: host.wheel,
  permissionsOf: host.permissionsOf,
  policy: { deadlineMs: 10_000, retry: { maxAttempts: 2, waitsMs: [500] } },
});

const outcome = await endpoint.run(undefined, { caller: "app/example" });
if (outcome.kind === "fresh") console.log(outcome.value);
else console.error(outcome);
