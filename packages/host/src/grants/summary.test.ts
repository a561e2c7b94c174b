import { homedir } from "node:os";
import { join } from "node:path";
import { neutraliseLine } from "@berth/base";
import { describe, expect, test } from "vitest";
import { ask } from "../../test/ask-for-tests.ts";
import { summarise } from "./summary.ts";

const told = (permissions: object, limits: object = {}): string[] =>
  summarise(ask(permissions, limits)).map(({ risk, text }) => `${risk}: ${text}`);

describe("summarise", () => {
  test.each<[object, string]>([
    [{ network: true }, "high: reach any host of the internet"],
    [{ network: ["GET *"] }, "high: reach any host of the internet: GET *"],
    [{ network: ["127.0.0.1:5432"] }, "high: reach this machine or your own network: 127.0.0.1:5432"],
    [{ network: ["localhost"] }, "high: reach this machine or your own network: localhost"],
    [{ network: ["10.0.0.7"] }, "high: reach this machine or your own network: 10.0.0.7"],
    [
      { network: ["unix:/var/run/docker.sock"] },
      "high: reach this machine or your own network: unix:/var/run/docker.sock",
    ],
    [{ network: ["a.example", "GET b.example/v1/*"] }, "medium: reach GET b.example/v1/*, a.example"],
    [{ network: ["config:url"] }, "medium: reach the host that you write into its configuration (url)"],
    [{ filesystem: { write: ["/srv/photos"] } }, "high: change and delete what is in /srv/photos"],
    [{ filesystem: { read: ["/srv/photos"] } }, "medium: read what is in /srv/photos"],
    [{ filesystem: { read: ["/"] } }, "high: read what is in /"],
    [{ filesystem: { read: ["/etc/ssl"] } }, "high: read what is in /etc/ssl"],
    [{ filesystem: { read: [homedir()] } }, `high: read what is in ${homedir()}`],
    [{ filesystem: { read: [join(homedir(), ".ssh")] } }, `high: read what is in ${join(homedir(), ".ssh")}`],
    [
      { filesystem: { read: ["config:path"] } },
      "medium: read the file or folder that you write into its configuration (path)",
    ],
    [{ exec: ["sh"] }, "high: run sh, by which any program can be run, with your rights"],
    [
      { exec: ["/usr/bin/python3.11"] },
      "high: run /usr/bin/python3.11, by which any program can be run, with your rights",
    ],
    [{ exec: ["bash -c **"] }, "high: run bash -c **, by which any program can be run, with your rights"],
    [{ exec: ["bash -c date"] }, "medium: run, with your rights: bash -c date"],
    [{ exec: ["uptime"] }, "medium: run, with your rights: uptime"],
    [{ secrets: ["TOKEN"] }, "medium: read secrets, without a way out of its own: TOKEN"],
    [{ secrets: ["TOKEN -> a.example"] }, "low: have secrets sent for it, which it does not see: TOKEN to a.example"],
    [{ env: ["LANG", "TZ"] }, "low: read from the environment: LANG, TZ"],
    [{ services: ["runs"] }, "low: call the services runs"],
    [{ events: { publish: ["a.b"] } }, "low: publish events: a.b"],
    [{ events: { subscribe: [">"] } }, "low: hear of events: >"],
    [{ may: ["deployment.execute"] }, "medium: ask of other plugins: deployment.execute"],
    [{ may: ["deployment.*"] }, "high: ask of other plugins: deployment.*"],
    [
      { system_calls: ["connect"] },
      "low: make system calls for the network, without asking for a host: it gets none (connect)",
    ],
    [{ system_calls: ["ptrace"] }, "low: make system calls that are refused to every plugin (ptrace)"],
  ])("says %j in plain words [OPS-24]", (permissions, sentence) => {
    expect(told(permissions)).toEqual([sentence]);
  });

  test("knows that a secret is another matter where there is a way out", () => {
    expect(told({ secrets: ["TOKEN"], network: ["a.example"] })).toEqual([
      "high: read secrets, which it could send on: TOKEN",
      "medium: reach a.example",
    ]);
  });

  test("tells the riskiest first, and system calls of what it asks anyhow without a hint", () => {
    const items = summarise(
      ask({
        env: ["LANG"],
        network: ["a.example"],
        exec: ["sh"],
        may: ["a.b"],
        system_calls: ["connect", "execve", "open"],
      }),
    );
    expect(items.map(({ risk, permission }) => `${risk} ${permission}`)).toEqual([
      "high exec",
      "medium network",
      "medium may",
      "low env",
      "low system_calls",
      "low system_calls",
      "low system_calls",
    ]);
    expect(items.map(({ text }) => text)).toContain("make system calls for the network (connect)");
  });

  test("names limits above the usual ones, and no others", () => {
    expect(told({}, { memory_mb: 2_048, cpu_percent: 5, processes: 2, call_timeout_ms: 5 })).toEqual([
      "medium: use up to 2 programs of its own; usual is 0",
      "low: use up to 2,048 MiB of memory; usual is 256 MiB",
    ]);
    expect(told({})).toEqual([]);
  });

  test("lets nothing through that could drive a terminal", () => {
    const [item] = summarise(ask({ secrets: ["A\u001B[2J"], services: ["x\u202Ey\n"] }));
    expect(neutraliseLine(item!.text)).toBe(item!.text);
  });
});
