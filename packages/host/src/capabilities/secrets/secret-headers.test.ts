import type { Capabilities } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { serve, type TestServer } from "../../../test/http-server.ts";
import { codeOf, get, never, openCapabilities, type TestOptions } from "../../../test/open-capabilities.ts";
import { createPluginBudget } from "../plugin-budget.ts";
import { createLog, Masker } from "../../log/index.ts";
import { systemClock } from "@berth/base";

const SECRET = "s3cr3t-of-the-test";
const env = { TOKEN: SECRET, OTHER: "another-secret" };
const text = (body: Uint8Array): string => Buffer.from(body).toString();

/** Says back what it was sent, in its headers and its body. */
const echo = (): Promise<TestServer> =>
  serve((request, response) => {
    const { authorization = "" } = request.headers;
    response.setHeader("x-seen", authorization);
    response.end(`${authorization} ${request.url} ${JSON.stringify(request.headers)}`);
  });

async function openFor(server: { port: number }, options: TestOptions & { secrets?: string[] } = {}) {
  const { secrets = [`TOKEN -> 127.0.0.1:${server.port}`], ...rest } = options;
  return await openCapabilities({ env, grant: { network: [`127.0.0.1:${server.port}`], secrets }, ...rest });
}

const withToken = async (capabilities: Capabilities, header = "authorization"): Promise<[string, string][]> => [
  [header, `Bearer ${await capabilities.secretHandle("TOKEN")}`],
];

describe("a handle of a secret", () => {
  test("stands for it in the headers of requests to its hosts, and is never shown [OPS-24]", async () => {
    await using server = await echo();
    await using probe = await openFor(server);
    const { capabilities } = probe;
    const headers = await withToken(capabilities);
    const answer = await capabilities.fetch(get(`${server.url}/path`, { headers }), never());
    expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${SECRET}`);
    // A server that says back what it was sent shows the plugin nothing.
    expect(text(answer.body)).toMatch(/^Bearer \*\*\* \/path/);
    expect(answer.headers).toContainEqual(["x-seen", "Bearer ***"]);
    capabilities.log({ level: "info", message: SECRET });
    expect(JSON.stringify([headers, answer, probe.records, probe.used, text(answer.body)])).not.toContain(SECRET);
    expect(probe.used).toMatchObject([
      {
        capability: "secrets",
        what: { kind: "secret", name: "TOKEN", as: "handle" },
        entry: expect.stringContaining("->"),
      },
      { capability: "fetch" },
      {
        capability: "secrets",
        what: { kind: "secret", name: "TOKEN", as: "handle", host: `127.0.0.1:${server.port}` },
      },
    ]);
  });

  test.each<[string, (secret: string) => string]>([
    ["as JSON writes it", (secret) => JSON.stringify(secret)],
    ["as an address writes it", (secret) => encodeURIComponent(secret)],
    ["in base64", (secret) => Buffer.from(`user:${secret}`).toString("base64")],
    ["in UTF-8", (secret) => `{"seen": ${secret}}`],
  ])("is not shown by a server that says it back %s [OPS-24]", async (_way, written) => {
    const secret = 's3cr\u00e9t "of/the" test';
    await using server = await serve((_request, response) => {
      response.setHeader("x-seen", encodeURIComponent(secret));
      response.end(written(secret));
    });
    await using probe = await openFor(server, { env: { TOKEN: secret } });
    const { capabilities } = probe;
    const answer = await capabilities.fetch(get(server.url, { headers: await withToken(capabilities) }), never());
    expect(text(answer.body)).not.toContain(written(secret));
    expect(text(answer.body)).toContain("***");
    expect(answer.headers).toContainEqual(["x-seen", "***"]);
  });

  test("may not be read, where it was granted to be sent", async () => {
    await using server = await echo();
    await using probe = await openFor(server);
    await expect(probe.capabilities.secret("TOKEN")).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: 'Cannot get secret "TOKEN": it was granted for request headers alone; use ctx.secrets.handle',
    });
    expect(await codeOf(probe.capabilities.secretHandle("OTHER"))).toBe("PERMISSION_DENIED");
    expect(await codeOf(probe.capabilities.secretHandle(7 as never))).toBe("CONTRACT_BROKEN");
  });

  test("is denied to any other host, before anything is sent", async () => {
    await using server = await echo();
    await using probe = await openFor(server, { secrets: ["TOKEN -> api.example.org"] });
    const headers = await withToken(probe.capabilities);
    await expect(probe.capabilities.fetch(get(server.url, { headers }), never())).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Cannot send secret TOKEN to 127.0.0.1:${server.port}: it was not granted for that host`,
    });
    expect([server.connections, probe.denied]).toMatchObject([0, [{ what: `send TOKEN to 127.0.0.1:${server.port}` }]]);
  });

  test("is not sent unencrypted over the internet", async () => {
    await using probe = await openCapabilities({
      env,
      grant: { network: ["api.example.org"], secrets: ["TOKEN -> api.example.org"] },
      fetchImpl: () => Promise.reject(new Error("must not be asked")),
    });
    const headers = await withToken(probe.capabilities);
    await expect(probe.capabilities.fetch(get("http://api.example.org/", { headers }), never())).rejects.toThrow(
      "Cannot send secret TOKEN to api.example.org:80: it would go unencrypted; use https",
    );
  });

  test("does not go along when a redirect leads to another host, whatever its header's name", async () => {
    await using other = await echo();
    await using server = await serve((_request, response) =>
      response.writeHead(302, { location: `${other.url}/there` }).end(),
    );
    for (const header of ["authorization", "user-agent", "accept"]) {
      await using probe = await openCapabilities({
        env,
        grant: {
          network: [`127.0.0.1:${server.port}`, `127.0.0.1:${other.port}`],
          secrets: [`TOKEN -> 127.0.0.1:${server.port}`],
        },
      });
      const headers = await withToken(probe.capabilities, header);
      await probe.capabilities.fetch(get(server.url, { headers }), never());
    }
    expect(other.requests).toHaveLength(3);
    expect(JSON.stringify(other.requests)).not.toContain(SECRET);
    expect(JSON.stringify(other.requests)).not.toContain("berth-secret");
    expect(server.requests.map(({ headers }) => headers["user-agent"])).toContain(`Bearer ${SECRET}`);
  });

  test("does not leave in the address of a redirect that a server made of it", async () => {
    await using other = await echo();
    await using server = await serve((request, response) =>
      response.writeHead(302, { location: `${other.url}/?${request.headers.authorization}` }).end(),
    );
    await using probe = await openFor(server, {
      grant: {
        network: [`127.0.0.1:${server.port}`, `127.0.0.1:${other.port}`],
        secrets: [`TOKEN -> 127.0.0.1:${server.port}`],
      },
    });
    const headers = await withToken(probe.capabilities);
    await probe.capabilities.fetch(get(server.url, { headers }), never());
    expect(JSON.stringify(other.requests)).not.toContain(SECRET);
  });

  test("goes along when a redirect stays with the host", async () => {
    await using server = await serve((request, response) =>
      request.url === "/end" ? response.end("x") : response.writeHead(307, { location: "/end" }).end(),
    );
    await using probe = await openFor(server);
    const headers = await withToken(probe.capabilities);
    await probe.capabilities.fetch(get(server.url, { headers }), never());
    expect(server.requests.map(({ headers: { authorization } }) => authorization)).toEqual([
      `Bearer ${SECRET}`,
      `Bearer ${SECRET}`,
    ]);
  });

  test("stays a text anywhere but in a header's value", async () => {
    await using server = await echo();
    await using probe = await openFor(server);
    const handle = await probe.capabilities.secretHandle("TOKEN");
    const request = get(`${server.url}/?${handle}`, { method: "POST", body: Buffer.from(handle) });
    await probe.capabilities.fetch(request, never());
    expect(server.requests).toMatchObject([{ url: `/?${handle}`, body: handle }]);
  });

  test("cannot be guessed, and a text like one is a text", async () => {
    await using server = await echo();
    await using probe = await openFor(server);
    const [first, again] = [
      await probe.capabilities.secretHandle("TOKEN"),
      await probe.capabilities.secretHandle("TOKEN"),
    ];
    expect(first).toBe(again);
    const guess = `berth-secret-${crypto.randomUUID()}`;
    await probe.capabilities.fetch(get(server.url, { headers: [["authorization", guess]] }), never());
    expect(server.requests[0]!.headers.authorization).toBe(guess);
  });

  test("is good in all instances of its plugin, and in none of another", async () => {
    await using server = await echo();
    const log = createLog({ sink: () => undefined, level: "error", clock: systemClock, masker: new Masker() });
    using budget = createPluginBudget({
      plugin: { name: "probe" },
      dataFolder: "/nowhere",
      limits: {},
      clock: systemClock,
      log,
    });
    await using one = await openFor(server, { budget });
    await using two = await openFor(server, { budget });
    await using stranger = await openFor(server);
    const headers = await withToken(one.capabilities);
    await two.capabilities.fetch(get(server.url, { headers }), never());
    await stranger.capabilities.fetch(get(server.url, { headers }), never());
    expect(server.requests.map(({ headers: { authorization } }) => authorization)).toEqual([
      `Bearer ${SECRET}`,
      headers[0]![1],
    ]);
  });

  test("of a secret that may be read goes wherever the plugin may go", async () => {
    await using server = await echo();
    await using probe = await openFor(server, { secrets: ["TOKEN"] });
    expect(await probe.capabilities.secret("TOKEN")).toBe(SECRET);
    const headers = await withToken(probe.capabilities);
    await probe.capabilities.fetch(get(server.url, { headers }), never());
    expect(server.requests[0]!.headers.authorization).toBe(`Bearer ${SECRET}`);
  });

  test("of a secret with a line break is refused without showing it", async () => {
    await using server = await echo();
    await using probe = await openFor(server, { env: { TOKEN: "two\nlines" } });
    const headers = await withToken(probe.capabilities);
    await expect(probe.capabilities.fetch(get(server.url, { headers }), never())).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: "Cannot send secret TOKEN: it holds a line break or a character that no header can",
    });
    expect(server.connections).toBe(0);
  });

  test("is refused at once when the secret is not set", async () => {
    await using server = await echo();
    await using probe = await openFor(server, { env: {} });
    await expect(probe.capabilities.secretHandle("TOKEN")).rejects.toThrow("set the environment variable TOKEN");
  });
});
