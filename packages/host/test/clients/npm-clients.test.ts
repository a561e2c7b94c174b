import { chmod, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ManagedInstance } from "@berth/kernel/lifecycle";
import { createTestHost, type TestHost } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aCall } from "../plugins-of-tests.ts";
import { type LocalServer, openHttpServer, openPostgres, openSlack } from "./servers.ts";
import { writeClientsPlugin } from "./write-clients-plugin.ts";

/** Where nothing listens, and nothing may. */
const DENIED = { host: "127.0.0.1", port: 9 };

describe("npm packages as they are, in a sandboxed process", { tags: ["slow"] }, () => {
  const opened = new AsyncDisposableStack();
  let host: TestHost;
  let service: ManagedInstance;
  let web: LocalServer;
  let slack: LocalServer;
  let database: { port: number };

  beforeAll(async () => {
    const folder = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-clients-"))).path;
    await chmod(folder, 0o755); // the plugin runs as another user
    web = opened.use(await openHttpServer());
    slack = opened.use(await openSlack());
    database = opened.use(await openPostgres());
    host = opened.use(
      await createTestHost({
        plugins: [await writeClientsPlugin(folder)],
        trust: "third-party",
        config: {
          plugins: {
            "npm-clients": {
              enabled: true,
              isolation: "process",
              accept_unenforced: [],
              grant: {
                network: [
                  `127.0.0.1:${web.port}`,
                  `GET,POST 127.0.0.1:${slack.port}/api/*`,
                  `localhost:${database.port}`,
                ],
              },
            },
          },
        },
      }),
    );
    service = opened.use(host.instance({ contribution: "service/clients", instanceId: "clients" }));
  });
  afterAll(() => opened.disposeAsync());

  const ask = (method: string, input: unknown): Promise<unknown> => service.method(method)([input], aCall());

  describe("undici", () => {
    const origin = (): string => `http://127.0.0.1:${web.port}`;

    test("keeps one connection for its requests", async () => {
      const before = web.connections;
      const answers = await ask("undici.keepAlive", { origin: origin() });
      expect(answers).toEqual([0, 1, 2, 3, 4].map((i) => `POST /echo?${i} body ${i}`));
      expect(web.connections - before).toBe(1);
    });

    test("reads and sends 5 MB", async () => {
      const bytes = 5_000_000;
      expect(await ask("undici.large", { origin: origin(), bytes })).toEqual({
        statusCode: 200,
        length: String(bytes),
        received: bytes,
        isRight: true,
      });
      expect(await ask("undici.upload", { origin: origin(), bytes })).toEqual({ bytes });
    });

    test("has many requests under way", async () => {
      const answers = (await ask("undici.parallel", { origin: origin(), count: 40 })) as string[];
      expect(answers).toEqual(Array.from({ length: 40 }, (_, i) => `POST /echo?${i} ${i}`));
    });

    test("streams, and fetches by its own fetch", async () => {
      expect(await ask("undici.slowly", { origin: origin() })).toBe("one two three");
      expect(await ask("undici.ownFetch", { origin: origin() })).toEqual({
        status: 200,
        body: "POST /echo by undici's own fetch",
      });
    });

    test("is told why a host is denied", async () => {
      const answer = await ask("undici.denied", { origin: `http://${DENIED.host}:${DENIED.port}` });
      expect(answer).toMatchObject({
        code: "EACCES",
        message: expect.stringContaining("it was not granted; ask for it in permissions.network"),
      });
    });
  });

  describe("@slack/web-api", () => {
    const slackApiUrl = (): string => `http://127.0.0.1:${slack.port}/api/`;

    test("posts, is refused, and turns pages", async () => {
      expect(await ask("slack.post", { slackApiUrl: slackApiUrl() })).toEqual({
        ok: true,
        ts: "1.2",
        message: { text: "Grüße", channel: "C1" },
      });
      expect(await ask("slack.refused", { slackApiUrl: slackApiUrl() })).toEqual({
        code: "slack_webapi_platform_error",
        isPlatform: true,
        why: "invalid_auth",
      });
      expect(await ask("slack.pages", { slackApiUrl: slackApiUrl() })).toEqual(["U1", "U2", "U3"]);
    });

    test("is told why a path is denied", async () => {
      const answer = await ask("slack.denied", { slackApiUrl: `http://127.0.0.1:${slack.port}/admin/` });
      expect(JSON.stringify(answer)).toContain("POST of this path was not granted, only GET,POST 127.0.0.1");
      expect(slack.requests.some((request) => request.includes("/admin"))).toBe(false);
    });
  });

  describe("pg", () => {
    const place = (): object => ({ host: "localhost", port: database.port });

    test("queries, fails, and goes on", async () => {
      expect(await ask("postgres.queries", place())).toEqual({
        rows: [{ id: 1, name: "Grüße", data: { a: [1, null] } }],
        rowCount: 1,
        failure: { code: "42P01", message: 'relation "nowhere" does not exist' },
        after: [{ two: 2 }],
      });
    });

    test("carries large rows", async () => {
      const characters = 3_000_000;
      expect(await ask("postgres.large", { ...place(), characters })).toEqual({ isSame: true, length: characters });
    });

    test("has many queries under way", async () => {
      const answers = await ask("postgres.parallel", { ...place(), count: 30 });
      expect(answers).toEqual(Array.from({ length: 30 }, (_, i) => i * 2));
    });

    test("is told why a host is denied", async () => {
      expect(await ask("postgres.denied", DENIED)).toMatchObject({
        code: "EACCES",
        message: expect.stringContaining("Cannot connect to 127.0.0.1:9: it was not granted"),
      });
    });

    test("may not speak its own protocol to a host of which only requests were granted", async () => {
      const answer = await ask("node.denied", { host: "127.0.0.1", port: slack.port });
      expect(answer).toMatchObject({ code: "EACCES", message: expect.stringContaining("only requests by fetch") });
    });
  });

  test("Node's own http and the global fetch reach the same hosts", async () => {
    const url = `http://127.0.0.1:${web.port}/echo`;
    expect(await ask("node.http", { url })).toBe("GET /echo ");
    expect(await ask("node.fetch", { url })).toBe("GET /echo ");
    expect(await ask("node.fetch", { url: "http://127.0.0.1:9/" })).toMatchObject({
      name: "TypeError",
      message: "fetch failed",
      cause: { code: "EACCES" },
    });
  });
});
