import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { RprFolder } from "./run-rpr.ts";

const tags = ["slow"];

/** What a server is asked, and what it answers: a status, or one with a document. */
class Receiver implements AsyncDisposable {
  readonly bodies: string[] = [];
  answer: (body: string) => number | { status: number; json: unknown } = () => 200;
  readonly #server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const answer = this.answer(body);
      const { status, json = {} } = typeof answer === "number" ? { status: answer } : answer;
      if (status < 300) this.bodies.push(body);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    });
  });

  async open(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, "close");
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

const THREE = ["count", "--times", "3", "--config", "rpr.toml"];
const SAY = ["--", "sh", "-c", "echo hi; echo oh >&2"];

describe("outputs of rpr", { tags }, () => {
  test("are chained: each gets every run, in its own form [RPT-91, RPT-76]", async () => {
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", '[plugins.file]\npath = "runs.txt"\n[plugins.jsonl]\npath = "runs.jsonl"\n');
    expect(await folder.run([...THREE, "--output", "file,jsonl", ...SAY])).toMatchObject({ code: 0 });
    const text = await folder.read("runs.txt");
    expect(text.match(/^# \S+Z rpr run \d: ok, exit code 0, \d+ ms\nhi\noh$/gm)).toHaveLength(3);
    const lines = (await folder.read("runs.jsonl")).trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line) as { result: { run: number; stdout: string } });
    expect(records.map(({ result }) => [result.run, result.stdout])).toEqual([1, 2, 3].map((run) => [run, "hi\n"]));
    const left = await readdir(folder.path, { recursive: true });
    expect(left.filter((path) => path.endsWith(".lines"))).toEqual([]);
  });

  test("that are down neither hold runs up nor lose records: they are sent in order by the next rpr", async () => {
    await using receiver = await new Receiver().open();
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", `[plugins.webhook]\nurl = "${receiver.url}"\n`);
    receiver.answer = () => 503;
    const down = await folder.run([...THREE, "--output", "webhook", ...SAY]);
    expect(down.code).toBe(0);
    expect(down.err).toMatch(/rpr: output webhook: does not take records \(.*the server answered 503\); they wait in /);
    expect(down.err).toMatch(/rpr: output webhook: 3 not sent; kept in .* for the next run with this output/);
    receiver.answer = () => 204;
    const up = await folder.run([...THREE, "--output", "webhook", ...SAY]);
    expect(up.code).toBe(0);
    const runs = receiver.bodies.map((body) => JSON.parse(body) as { startedAt: number; result: { run: number } });
    expect(runs.map(({ result }) => result.run)).toEqual([1, 2, 3, 1, 2, 3]);
    expect(up.err).not.toContain("not sent");
  });

  test("refused for good are said and not sent again", async () => {
    await using receiver = await new Receiver().open();
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", `[plugins.webhook]\nurl = "${receiver.url}"\n`);
    let asked = 0;
    receiver.answer = () => (asked++, 400);
    const { code, err } = await folder.run([...THREE, "--output", "webhook", ...SAY]);
    expect([code, asked]).toEqual([0, 3]);
    expect(err).toContain("The server refused the record of rpr for good: 400");
  });

  test("elasticsearch: asks for its address before it runs anything", async () => {
    await using folder = await RprFolder.open();
    const { code, out, err } = await folder.run(["c", "-t", "1", "--output", "elasticsearch", ...SAY]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("endpoint is required");
  });

  test("elasticsearch: of a bulk only those documents are sent again that the server could not take", async () => {
    await using receiver = await new Receiver().open();
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", `[plugins.elasticsearch]\nendpoint = "${receiver.url}"\nindex = "jobs"\n`);
    const taken: string[] = [];
    let isFirst = true;
    receiver.answer = (body) => {
      const actions = body
        .trimEnd()
        .split("\n")
        .filter((_, line) => line % 2 === 0);
      const items = actions.map((action) => {
        const { index } = JSON.parse(action) as { index: { _index: string; _id: string } };
        const status = isFirst ? 429 : 201;
        isFirst = false;
        if (status === 201) taken.push(index._id);
        return { index: { ...index, status, ...(status === 429 ? { error: { reason: "queue is full" } } : {}) } };
      });
      return { status: 200, json: { errors: items.some(({ index }) => index.status > 299), items } };
    };
    const times = ["interval", "--every", "700ms", "--times", "4", "--config", "rpr.toml"];
    expect(await folder.run([...times, "--output", "elasticsearch", ...SAY])).toMatchObject({ code: 0 });
    expect(taken).toHaveLength(4);
    expect(new Set(taken).size).toBe(4);
    expect(taken.map((id) => Number(id.split("-").at(-1))).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
  });

  test("slack: a failure is a message with the end of its output, that can do nothing to the channel", async () => {
    await using receiver = await new Receiver().open();
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", `[plugins.slack]\nendpoint = "${receiver.url}"\n`);
    const fail = ["--", "sh", "-c", "echo '<!channel> & ```'; exit 3"];
    expect(
      await folder.run(["count", "--times", "1", "--config", "rpr.toml", "--output", "slack", ...fail]),
    ).toMatchObject({
      code: 1,
    });
    expect(receiver.bodies).toHaveLength(1);
    const { text } = JSON.parse(receiver.bodies[0]!) as { text: string };
    expect(text).toMatch(/^:x: \*rpr\* run 1: exit code 3, \d+ ms\n```\n&lt;!channel&gt; &amp; ´´´\n```$/);
    expect(await folder.run([...THREE, "--output", "slack", ...SAY])).toMatchObject({ code: 0 });
    expect(receiver.bodies).toHaveLength(1);
  });

  test("health and metrics: pages over HTTP while it runs, the histogram counts each run once [RPT-99, RPT-100]", async () => {
    const ports = await Promise.all([freePort(), freePort()]);
    await using folder = await RprFolder.open();
    const [health, metrics] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
    const section = (name: string, port: number): string => `[plugins.${name}]\nlisten = "127.0.0.1:${port}"\n`;
    await folder.write("rpr.toml", section("health", ports[0]) + section("metrics", ports[1]));
    const program = folder.start([
      "interval",
      "--every",
      "100ms",
      "--config",
      "rpr.toml",
      "--output",
      "health,metrics",
      "--",
      "sh",
      "-c",
      "echo run; exit 1",
    ]);
    await program.said(/(?:run\n){4}/);
    const page = async (url: string): Promise<[number, string]> => {
      const response = await fetch(url);
      return [response.status, await response.text()];
    };
    while ((await page(`${health}/ready`))[0] !== 200) await pause(20);
    expect(await page(`${health}/live`)).toEqual([200, "ok\n"]);
    const [status, body] = await page(`${health}/health`);
    expect([status, JSON.parse(body)]).toMatchObject([503, { status: "unhealthy" }]);
    const [, text] = await page(`${metrics}/metrics`);
    const runs = Number(/^rpr_executions_total\{status="failure"\} (\d+)$/m.exec(text)![1]);
    const buckets = [...text.matchAll(/_bucket\{le="[^"]+"\} (\d+)$/gm)].map(([, count]) => Number(count));
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect([buckets.length, buckets.at(-1)]).toEqual([8, runs]);
    expect((await page(`${metrics}/other`))[0]).toBe(404);
    program.child.kill("SIGTERM");
    await program.ended;
  });
});

describe("ports of the upstream", { tags }, () => {
  test.each([
    "[default]\nenable_metrics = true\nmetrics_port = PORT\n",
    "[observability]\nmetrics_enabled = true\nmetrics_port = PORT\n",
  ])("are where metrics are shown on this machine, by the file %j", async (file) => {
    const port = await freePort();
    await using folder = await RprFolder.open();
    await folder.write("rpr.toml", file.replace("PORT", String(port)));
    expect(await metricsOf(folder, port, ["--config", "rpr.toml"], {})).toContain("rpr_executions_total");
  });

  test("are where metrics are shown on this machine, by flags and variables", async () => {
    await using folder = await RprFolder.open();
    const [one, other] = [await freePort(), await freePort()];
    const pages = [
      await metricsOf(folder, one, ["--enable-metrics", "--metrics-port", String(one)], {}),
      await metricsOf(folder, other, [], { RPR_METRICS_ENABLED: "true", RPR_METRICS_PORT: String(other) }),
    ];
    for (const page of pages) expect(page).toContain("rpr_executions_total");
  });
});

async function metricsOf(
  folder: RprFolder,
  port: number,
  words: readonly string[],
  env: Record<string, string>,
): Promise<string> {
  const program = folder.start(["interval", "--every", "1h", ...words, "--", "echo", "ran"], env);
  await program.said(/ran/);
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  program.child.kill("SIGTERM");
  await program.ended;
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
