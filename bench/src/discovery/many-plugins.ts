import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Makes `count` plugin folders whose manifests are as long as honest ones are. */
export function writePlugins(root: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const name = `plugin-${String(index).padStart(5, "0")}`;
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "plugin.toml"), manifest(name, index));
  }
}

function manifest(name: string, index: number): string {
  return `# Plugin ${index} of the benchmark
[plugin]
name = "${name}"
version = "1.${index % 10}.0"
description = "Shows figure ${index} of a system that does not exist"
author = "The Berth authors"
license = "MIT"

[provides]
source = ["figure-${index}"]
layout = ["board-${index}"]

[runtime]
type = "node"
entry = "src/plugin.ts"

[dependencies]
host = "^0.1.0"

[permissions]
network = ["api.example.org", "*.example.net:8443", "config:endpoint"]
secrets = ["API_KEY"]

[limits]
memory_mb = 256
call_timeout_ms = 30_000
`;
}
