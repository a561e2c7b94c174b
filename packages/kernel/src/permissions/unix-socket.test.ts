import { expect, test } from "vitest";
import { networkEntryFault } from "../manifest/patterns.ts";
import { formatNetworkEntry, intersectNetworkEntries, parseNetworkEntry } from "./network-entry.ts";
import { connectionTarget } from "./request-target.ts";
import { isUnixSocket, parseUnixSocket, unixSocketPath } from "./unix-socket.ts";

test.each([
  ["unix:/var/run/docker.sock", "unix:/var/run/docker.sock"],
  ["unix:///var/run/docker.sock", "unix:/var/run/docker.sock"],
  ["unix:/var/run/../run//docker.sock", "unix:/var/run/docker.sock"],
  ["unix:run/docker.sock", undefined],
  ["unix:/", undefined],
  ["unix:/run/", undefined],
  ["unix:/run/*", undefined],
  ["unix:/run/a b", undefined],
  [`unix:/${"x".repeat(200)}`, undefined],
  ["tcp:/run/a", undefined],
])("parseUnixSocket reads %s as %s [RPT-44]", (text, socket) => {
  expect(parseUnixSocket(text)).toBe(socket);
  expect(connectionTarget(text, 0)).toEqual(socket === undefined ? undefined : { host: socket, port: 0 });
  if (socket !== undefined) expect([isUnixSocket(socket), unixSocketPath(socket)]).toEqual([true, socket.slice(5)]);
});

test("a socket as a network entry is held by itself alone [RPT-44, RPT-86]", () => {
  const entry = parseNetworkEntry("unix:/run/a.sock")!;
  expect(formatNetworkEntry(entry)).toBe("unix:/run/a.sock");
  const both = (text: string): boolean => intersectNetworkEntries(entry, parseNetworkEntry(text)!) !== undefined;
  expect(["unix:///run/a.sock", "unix:/run/b.sock", "*", "*.sock"].map(both)).toEqual([true, false, false, false]);
});

test("networkEntryFault wants the one spelling of a socket [RPT-84]", () => {
  expect(networkEntryFault("unix:/run/a.sock")).toBeUndefined();
  expect(networkEntryFault("unix:///run/a.sock")).toBe("must be written as unix:/run/a.sock");
  expect(networkEntryFault("unix:a.sock")).toBe(
    "must be a socket by its whole path, such as unix:/var/run/docker.sock",
  );
});
