import { cp } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { openRecordedServer, type PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const NOON = Date.UTC(2026, 0, 5, 12);
const SOURCE = `
  import { definePlugin, defineSource } from "@berth/sdk";
  export default definePlugin({
    provides: [
      defineSource("ledger", {
        create: (_config, ctx) => ({
          fetch: async () => {
            const lines = [];
            for (const url of URLS) lines.push(await ctx.fetch(url).then((answer) => answer.text(), (error) => error.code));
            return { title: "Ledger", lines };
          },
        }),
      }),
    ],
  });`;

/** A stranger's plugin that asks for this, and fetches these addresses. */
function ledger(permissions: string, { version = "1.0.0", urls = [] as string[] } = {}): PluginToWrite {
  return {
    name: "ledger",
    version,
    provides: { source: ["ledger"] },
    source: SOURCE.replace("URLS", JSON.stringify(urls)),
    manifest: `[permissions]\n${permissions}`,
  };
}

const ASKS = `
network = ["api.example.org", "GET b.example/v1/*"]
exec = ["git log **"]
secrets = ["KEY"]`;

/** A project whose berth.yaml says nothing of what plugins may. */
async function openStrangers(
  plugin: PluginToWrite,
  berthYaml = "plugins: { ledger: { isolation: inline } }\n",
): Promise<Project> {
  const project = await openProject({ plugins: [plugin], sources: [{ id: "book", type: "ledger" }] });
  await project.write("berth.yaml", berthYaml);
  return project;
}

async function rewrite(project: Project, plugin: PluginToWrite): Promise<void> {
  const { writePlugin } = await import("@berth/testing");
  await writePlugin(join(project.path, "plugins"), plugin);
}

const rowOf = (out: string, name: string): string =>
  out
    .split("\n")
    .find((line) => line.startsWith(name))
    ?.replaceAll(/ +/g, " ")
    .trim() ?? "";

describe("berth plugins list", () => {
  test("says of each plugin version, tier, trust, and what it has of what it asks [OPS-24]", async () => {
    await using project = await openStrangers(ledger(ASKS));
    const { code, out, err } = await project.run(["plugins", "list"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(rowOf(out, "PLUGIN")).toBe("PLUGIN VERSION TIER TRUST HAS SAID BY NOTE");
    expect(rowOf(out, "weather")).toMatch(/^weather \S+ \S+ first-party all it asks comes with Berth$/);
    expect(rowOf(out, "ledger")).toBe(
      "ledger 1.0.0 inline third-party nothing nobody yet see berth plugins permissions ledger",
    );
  });

  test("is a document for those who asked for one, and names what is no plugin", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await project.write("plugins/broken/plugin.toml", "[plugin]\n");
    const { out } = await project.run(["plugins", "list", "--json"]);
    const { version, plugins, unusable } = JSON.parse(out) as {
      version: number;
      plugins: object[];
      unusable: object[];
    };
    expect(version).toBe(1);
    expect(plugins).toContainEqual({
      name: "ledger",
      version: "1.0.0",
      folder: join(project.path, "plugins/ledger"),
      tier: "inline",
      trust: "third-party",
      enabled: true,
      grant: "not-granted",
      grantFrom: "none",
    });
    expect(unusable).toEqual([
      { place: join(project.path, "plugins/broken"), code: "MANIFEST_INVALID", message: expect.any(String) },
    ]);
  });

  test("and permissions write nothing, before there is a database and after", async () => {
    await using project = await openStrangers(ledger(ASKS));
    for (const _ of ["before", "after"]) {
      const before = await project.listing();
      for (const argv of [
        ["list"],
        ["permissions", "ledger"],
        ["permissions", "ledger", "--used"],
        ["permissions", "ledger", "--learn"],
      ]) {
        expect(await project.run(["plugins", ...argv])).toMatchObject({ code: 0, err: "" });
      }
      expect(await project.listing()).toEqual(before);
      await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    }
  });
});

describe("berth plugins grant", () => {
  test("shows what is to be allowed in plain words, the riskiest first, and asks [OPS-24] [FLX-37]", async () => {
    await using project = await openStrangers(ledger(ASKS));
    const questions: string[] = [];
    const prompt = async (question: string): Promise<string> => {
      questions.push(question);
      return "yes";
    };
    const { code, out, err } = await project.run(["plugins", "grant", "ledger"], { prompt });
    expect({ code, out }).toEqual({
      code: 0,
      out: "Granted ledger 1.0.0 4 entries. A host that runs has it when it loads the plugin next.\n",
    });
    expect(questions).toEqual(["Grant all of it to ledger? [y/N] "]);
    expect(err.trimEnd().split("\n")).toEqual([
      "ledger 1.0.0 is to be allowed to",
      "  ! run git log **, by which any program can be run, with your rights",
      "  ! read secrets, which it could send on: KEY",
      "  - reach GET b.example/v1/*, api.example.org",
    ]);
    const list = await project.run(["plugins", "list"]);
    expect(rowOf(list.out, "ledger")).toBe("ledger 1.0.0 inline third-party all it asks by command");
  });

  test.each([["n"], [""], ["yes please"], [undefined]])(
    "takes the answer %j for a no, and ends with 1",
    async (answer) => {
      await using project = await openStrangers(ledger(ASKS));
      const { code, out, err } = await project.run(["plugins", "grant", "ledger"], { prompt: async () => answer });
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("Nothing was granted.");
      expect(await project.listing()).not.toContainEqual(expect.stringContaining("berth.sqlite"));
    },
  );

  test("where nobody can be asked refuses without --yes, and --yes without a word of what", async () => {
    await using project = await openStrangers(ledger(ASKS));
    for (const [argv, sentence] of [
      [[], "there is nobody to ask here; name what it may with --all, or one by one, and add --yes"],
      [["--all"], "there is nobody to ask here; add --yes"],
      [["--yes"], "--yes answers the question, but does not say what; add --all, or name it one by one"],
    ] as const) {
      const { code, out, err } = await project.run(["plugins", "grant", "ledger", ...argv]);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain(sentence);
    }
    // A document on standard output is no place for a question.
    const json = await project.run(["plugins", "grant", "ledger", "--json"], { prompt: async () => "y" });
    expect(json.code).toBe(2);
  });

  test("grants a part, names what is left out, and replaces what was granted before", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    const part = [
      "--network",
      "GET api.example.org/x",
      "--exec",
      "git log -1",
      "--secret",
      "KEY -> api.example.org",
      "--yes",
    ];
    const { code, err } = await project.run(["plugins", "grant", "ledger", ...part]);
    expect(code).toBe(0);
    expect(err.split("It asks, and is not to have, or not whole:\n")[1]?.trimEnd().split("\n")).toEqual([
      "  network GET b.example/v1/*",
      "  network api.example.org",
      "  exec git log **",
      "  secrets KEY",
    ]);
    const { out } = await project.run(["plugins", "permissions", "ledger"]);
    expect(rowOf(out, "exec")).toBe("exec git log ** in part: the operator allowed only git log -1");
    expect(out).toMatch(/^network +GET b\.example\/v1\/\* +no: the operator did not allow it$/m);
    expect(out).toMatch(/^network +api\.example\.org +in part: the operator allowed only GET api\.example\.org\/x$/m);
    expect(out).toMatch(/^secrets +KEY +in part: the operator allowed only KEY -> api\.example\.org$/m);
  });

  test.each([
    [["--network", "api.example.or"], 'ledger does not ask for it; did you mean "api.example.org"?'],
    [["--network", "http://x y"], "it means nothing; it asks for GET b.example/v1/*, api.example.org"],
    [["--read", "/etc"], "ledger asks for no filesystem.read"],
    [["--all", "--exec", "git log **"], "Say --all, or what is granted one by one, and not both"],
  ])("refuses %j with 2 and says what was meant", async (argv, sentence) => {
    await using project = await openStrangers(ledger(ASKS));
    const { code, err } = await project.run(["plugins", "grant", "ledger", ...argv, "--yes"]);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });

  test("leaves what berth.yaml says and what comes with Berth to berth.yaml", async () => {
    await using project = await openStrangers(ledger(ASKS), "plugins: { ledger: { grant: asked } }\n");
    for (const [name, sentence] of [
      ["ledger", "berth.yaml says what it may, under plugins.ledger.grant, and its word wins"],
      ["weather", "it comes with Berth and has what it asks"],
    ] as const) {
      const { code, err } = await project.run(["plugins", "grant", name, "--all", "--yes"]);
      expect(code).toBe(2);
      expect(err).toContain(sentence);
    }
  });

  test("refuses a folder whose code it cannot pin", async () => {
    await using project = await openStrangers(ledger(ASKS));
    const { symlink } = await import("node:fs/promises");
    await symlink("/etc/hostname", join(project.path, "plugins/ledger/link"));
    const { code, err } = await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    expect(code).toBe(1);
    expect(err).toContain("Cannot pin the folder");
    expect(err).toContain("link is a link");
  });

  test("tells programs who granted what to which code", async () => {
    await using project = await openStrangers(ledger('env = ["LANG"]'));
    const clock = new ManualClock(NOON);
    const { out } = await project.run(["plugins", "grant", "ledger", "--all", "--pin", "--yes", "--json"], { clock });
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      grant: {
        plugin: "ledger",
        version: "1.0.0",
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        granted: { env: ["LANG"], network: [] },
        isPinned: true,
        grantedAt: NOON,
        grantedBy: expect.stringMatching(/./),
      },
    });
  });
});

describe("a plugin that was granted something by command", () => {
  test("is held when its next version asks for more, with the difference shown, until that is granted [RPT-146]", async () => {
    await using project = await openStrangers(ledger('network = ["api.example.org"]'));
    await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    await rewrite(project, ledger('network = ["*.example.org"]\nexec = ["sh"]', { version: "1.1.0" }));
    const list = await project.run(["plugins", "list"]);
    expect(rowOf(list.out, "ledger")).toContain("held by command asks more than was granted");
    const shown = await project.run(["plugins", "permissions", "ledger"]);
    expect(shown.out).toContain("It is held until it is granted again (by command, to 1.0.0 on ");
    expect(shown.out).toContain("Since it was granted\n  + exec sh\n  ~ network *.example.org (was api.example.org)\n");
    const refused = await project.run(["signage", "run", "--once"]);
    expect(refused.code).not.toBe(0);
    expect(refused.out + refused.err).toContain("GRANT_PENDING");
    const again = await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    expect(again.err).toContain("Since it was granted last, it asks\n  + exec sh\n");
    expect(rowOf((await project.run(["plugins", "list"])).out, "ledger")).toBe(
      "ledger 1.1.0 inline third-party all it asks by command",
    );
    expect(await project.run(["signage", "run", "--once"])).toMatchObject({ code: 0 });
  });

  test("reaches what was granted and nothing else; uses and refusals are counted over restarts, and teach the least manifest [OPS-58] [FLX-37]", async () => {
    const recordings = ["/v1/a", "/v1/b"].map((path) => ({
      request: { path },
      response: { status: 200, body: { path } },
    }));
    await using server = await openRecordedServer({ recordings });
    const host = new URL(server.url).host;
    const urls = [`${server.url}/v1/a`, `${server.url}/v1/b`, "https://elsewhere.example/x"];
    await using project = await openStrangers(ledger(`network = ["${host}", "unused.example"]`, { urls }));
    await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    for (let run = 0; run < 2; run++)
      expect(await project.run(["signage", "run", "--once"])).toMatchObject({ code: 0 });
    expect(server.requests).toHaveLength(4);
    const { out } = await project.run(["plugins", "permissions", "ledger", "--used"]);
    expect(out).toMatch(new RegExp(`^network +${host} +yes +4 +\\d+ \\S+ ago$`, "m"));
    expect(out).toMatch(/^network +unused\.example +yes +0 +never$/m);
    expect(out).toMatch(/^GET elsewhere\.example:443\/x +network +2 +\d+ \S+ ago$/m);
    const json = JSON.parse(
      (await project.run(["plugins", "permissions", "ledger", "--used", "--json"])).out,
    ) as object;
    expect(json).toMatchObject({
      plugin: { name: "ledger", tier: "inline" },
      grant: { state: "granted", from: "stored", grantedBy: expect.any(String) },
      permissions: expect.arrayContaining([expect.objectContaining({ entry: host, granted: "yes", uses: 4 })]),
      refusals: [expect.objectContaining({ permission: "network", refusals: 2 })],
    });
    const learned = await project.run(["plugins", "permissions", "ledger", "--learn"]);
    expect(learned.out).toBe(
      [
        "[permissions]",
        `network = ["GET ${host}/v1/a", "GET ${host}/v1/b"]`,
        "# asked and never used: network unused.example",
        "# refused 2 times: network: GET elsewhere.example:443/x",
        "",
      ].join("\n"),
    );
  });

  test("has nothing any more once that was taken back", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    const { code, out } = await project.run(["plugins", "revoke", "ledger"]);
    expect({ code, out }).toEqual({
      code: 0,
      out: "Took back what was granted to ledger. A host that runs does so when it loads the plugin next.\n",
    });
    expect(rowOf((await project.run(["plugins", "list"])).out, "ledger")).toContain("third-party nothing nobody yet");
    const again = await project.run(["plugins", "revoke", "ledger", "--json"]);
    expect(JSON.parse(again.out)).toEqual({ version: 1, plugin: "ledger", revoked: false });
  });

  test("can be taken its grant when it is not there any more, by the right name", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await project.run(["plugins", "grant", "ledger", "--all", "--yes"]);
    const { rename } = await import("node:fs/promises");
    await rename(join(project.path, "plugins/ledger"), join(project.path, "gone"));
    const wrong = await project.run(["plugins", "revoke", "ledgr"]);
    expect(wrong).toMatchObject({ code: 2, err: 'berth: No plugin is named "ledgr"; did you mean "ledger"?\n' });
    expect(await project.run(["plugins", "revoke", "ledger"])).toMatchObject({ code: 0 });
  });
});

describe("berth plugins permissions", () => {
  test("names each limit that is in force and what holds it", async () => {
    await using project = await openStrangers(ledger("", {}));
    const { out } = await project.run(["plugins", "permissions", "ledger"]);
    expect(out).toContain("It asks for nothing.");
    expect(out).toMatch(/^store_mb +10 MiB +counted by the host's store$/m);
    // The inline tier holds no memory, and nobody asked for that either.
    expect(out).not.toContain("memory_mb");
  });

  test("shows that larger limits hold only once they were granted [OPS-53]", async () => {
    const asking = { ...ledger(""), manifest: "[limits]\nmemory_mb = 512\n" };
    await using project = await openStrangers(asking, "{}\n");
    const before = await project.run(["plugins", "permissions", "ledger"]);
    expect(before.out).toContain("- use up to 512 MiB of memory; usual is 256 MiB");
    expect(before.out).toMatch(/^memory_mb +256 MiB /m);
    expect((await project.run(["plugins", "grant", "ledger", "--all", "--yes"])).code).toBe(0);
    const after = await project.run(["plugins", "permissions", "ledger"]);
    expect(after.out).toMatch(/^memory_mb +512 MiB /m);
  });

  test("keeps what a manifest says from driving the terminal", async () => {
    await using project = await openStrangers(ledger('services = ["x\\u001b[2J"]\nsecrets = ["\\u202Ekey"]'));
    for (const argv of [
      ["permissions", "ledger"],
      ["grant", "ledger", "--all", "--yes"],
    ]) {
      const { out, err } = await project.run(["plugins", ...argv]);
      expect(out + err).not.toMatch(/[\u202E]/);
      expect((out + err).includes("\u001B")).toBe(false);
    }
  });

  test("of a plugin that cannot be read says what is wrong with it", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await project.write("plugins/broken/plugin.toml", "[plugin]\n");
    const { code, err } = await project.run(["plugins", "permissions", "broken"]);
    expect(code).toBe(2);
    expect(err).toContain("its manifest has");
  });

  test("works for a copy of the template, too", async () => {
    await using project = await openStrangers(ledger(ASKS));
    await cp(
      join(import.meta.dirname, "../../../examples/plugins/hello-source"),
      join(project.path, "plugins/hello-source"),
      { recursive: true },
    );
    const { code, out } = await project.run(["plugins", "permissions", "hello-source"]);
    expect(code).toBe(0);
    expect(out).toContain("reach the host that you write into its configuration (url)");
  });
});
