import { syncBuiltinESMExports } from "node:module";
import type { Capabilities } from "@berth/contract";
import { routeFetch } from "./route-fetch.ts";
import { routeNames } from "./route-names.ts";
import { routeSockets } from "./route-sockets.ts";
import { routeTls } from "./route-tls.ts";

/**
 * Makes what a plugin's code, and any package it brings, does over the network go through the host: `net`, `tls`, `http`, `https`,
 * `http2` and the global `fetch` and `WebSocket`. To be called before any of that code is loaded. It is a convenience and no wall: what
 * goes past it meets a process without a network.
 *
 * @returns what puts Node's own ways back.
 */
export function routeNetwork(capabilities: Pick<Capabilities, "connect" | "fetch">): Disposable {
  const routed = new DisposableStack();
  routed.defer(syncBuiltinESMExports);
  routed.use(routeSockets((host, port, signal) => capabilities.connect({ host, port }, signal)));
  routed.use(routeTls());
  routed.use(routeNames());
  routed.use(routeFetch(capabilities));
  // What is imported by name, too.
  syncBuiltinESMExports();
  return routed;
}
