import { ManualClock } from "@berth/base";
import type { Trust } from "@berth/kernel/discovery";
import { openStorage, type Storage } from "@berth/storage";
import { describe, expect, test } from "vitest";
import { ask, manifestOf, WORKING_FOLDER } from "../../test/ask-for-tests.ts";
import { mapPermissions } from "./ask.ts";
import type { GrantedPlugin } from "./decision.ts";
import { GrantDesk } from "./grant-desk.ts";
import { Grants } from "./grants.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER_DIGEST = `sha256:${"b".repeat(64)}`;

interface PluginFacts {
  version?: string;
  trust?: Trust;
  limits?: object;
}

const pluginOf = (permissions: object, { version = "1.0.0", trust = "third-party", limits = {} }: PluginFacts = {}) => {
  const manifest = manifestOf(permissions, limits, version);
  return { name: "stock", version, trust, manifest } satisfies GrantedPlugin;
};

/** A host's grants over a database in memory, and what they logged. */
function openGrants(plugins: Record<string, object> = {}) {
  const clock = new ManualClock(1_000);
  const storage = openStorage({ path: ":memory:", clock });
  const logged: string[] = [];
  const log = {
    info: (message: string) => void logged.push(`info ${message}`),
    warn: (message: string) => void logged.push(`warn ${message}`),
  };
  const options = { config: { plugins } as never, records: storage.grants, workingFolder: WORKING_FOLDER, log, clock };
  const desk = new GrantDesk({ storage, clock, workingFolder: WORKING_FOLDER });
  return { grants: new Grants(options), desk, storage, logged, [Symbol.dispose]: () => storage[Symbol.dispose]() };
}

/** Grants by command all that a plugin asks. */
const grantAll = (desk: GrantDesk, plugin: ReturnType<typeof pluginOf>, { isPinned = false } = {}) =>
  desk.grant(plugin, {
    granted: ask(plugin.manifest.permissions).permissions,
    digest: DIGEST,
    isPinned,
    by: "ada",
  });

describe("Grants.allowedTo", () => {
  test("lets a stranger's plugin have nothing that nobody granted [OPS-24] [RPT-44]", async () => {
    using host = openGrants();
    expect(await host.grants.allowedTo(pluginOf({ network: ["a.example"] }))).toEqual({});
    expect(await host.grants.decide(pluginOf({}))).toEqual({ source: "none", allowed: {} });
  });

  test("lets a plugin that comes with Berth have what it asks", async () => {
    using host = openGrants();
    expect(await host.grants.allowedTo(pluginOf({}, { trust: "first-party" }))).toBe("asked");
  });

  test("gives what was granted by command, and no more than that [FLX-37] [OPS-24]", async () => {
    using host = openGrants();
    const plugin = pluginOf({ network: ["a.example", "b.example"], exec: ["git"], may: ["a.b"] });
    const granted = mapPermissions((name) => (name === "network" ? ["a.example"] : name === "may" ? ["a.b"] : []));
    await host.desk.grant(plugin, { granted, digest: DIGEST, isPinned: false, by: "ada" });
    expect(await host.grants.allowedTo(plugin)).toMatchObject({
      network: ["a.example"],
      filesystem: { read: [], write: [] },
      exec: [],
      may: ["a.b"],
    });
  });

  test("takes the word of berth.yaml before what was granted by command [OPS-24]", async () => {
    for (const grant of ["asked", { network: ["b.example"] }, {}]) {
      using host = openGrants({ stock: { grant } });
      await grantAll(host.desk, pluginOf({ network: ["a.example"] }));
      expect(await host.grants.allowedTo(pluginOf({ network: ["*"] }))).toEqual(grant);
    }
  });

  test("holds a version that asks for more, and says what that is [RPT-146]", async () => {
    using host = openGrants();
    await grantAll(host.desk, pluginOf({ network: ["a.example"] }));
    const newer = pluginOf({ network: ["*.example"], exec: ["sh"] }, { version: "1.1.0", limits: { memory_mb: 512 } });
    await expect(host.grants.allowedTo(newer)).rejects.toMatchObject({
      code: "GRANT_PENDING",
      message:
        'Plugin "stock" 1.1.0 is held: it asks for more than version 1.0.0 was granted: exec sh; network *.example; limits.memory_mb 512 MiB. ' +
        "Look at it with `berth plugins permissions stock`, then `berth plugins grant stock`",
      details: {
        plugin: "stock",
        grantedVersion: "1.0.0",
        added: [
          { permission: "exec", entry: "sh" },
          { permission: "network", from: ["a.example"], to: ["*.example"] },
        ],
      },
    });
    await grantAll(host.desk, newer);
    expect(await host.grants.allowedTo(newer)).toMatchObject({ network: ["*.example"], exec: ["sh"] });
  });

  test("goes on with a version that asks for the same or less", async () => {
    using host = openGrants();
    await grantAll(host.desk, pluginOf({ network: ["a.example", "b.example"] }));
    for (const network of [["b.example", "A.example"], ["b.example"], []]) {
      const newer = pluginOf({ network }, { version: "2.0.0" });
      expect(await host.grants.allowedTo(newer)).toMatchObject({ network: ["a.example", "b.example"] });
    }
  });

  test("asks anew after what was granted was taken back", async () => {
    using host = openGrants();
    const plugin = pluginOf({ network: ["a.example"] });
    await grantAll(host.desk, plugin);
    expect([await host.desk.revoke("stock", "ada"), await host.desk.revoke("stock", "ada")]).toEqual([true, false]);
    expect(await host.grants.allowedTo(plugin)).toEqual({});
  });

  test.each([
    ["no JSON", "{"],
    ["another form", JSON.stringify({ form: 2 })],
    ["another plugin's", JSON.stringify({ form: 1, plugin: "weather" })],
    ["a list", "[]"],
  ])("holds a plugin whose grant is %s", async (_what, text) => {
    const load = () => ({ plugin: "stock", record: parsed(text), savedAt: 0 });
    const grants = new Grants({
      config: { plugins: {} },
      records: { load, save: async () => undefined },
      workingFolder: WORKING_FOLDER,
      log: { info: () => undefined, warn: () => undefined },
      clock: new ManualClock(),
    });
    await expect(grants.allowedTo(pluginOf({}))).rejects.toMatchObject({
      code: "GRANT_PENDING",
      message: expect.stringContaining("what was granted to it cannot be read any more"),
    });
  });
});

describe("Grants.assertCode", () => {
  test("lets other code go on that asks for no more, and tells of each change once", async () => {
    using host = openGrants();
    const plugin = pluginOf({ network: ["a.example"] });
    await grantAll(host.desk, plugin);
    await host.grants.assertCode(plugin, async () => DIGEST);
    expect(host.logged).toEqual([]);
    await host.grants.assertCode(plugin, async () => OTHER_DIGEST);
    await host.grants.assertCode(plugin, async () => OTHER_DIGEST);
    expect(host.logged).toEqual([
      'warn Plugin "stock" 1.0.0 is other code than was granted, of the same version; it asks for no more, so it runs',
    ]);
    await host.grants.assertCode(pluginOf({}, { version: "1.0.1" }), async () => `sha256:${"c".repeat(64)}`);
    expect(host.logged[1]).toBe('info Plugin "stock" 1.0.1 goes on with the grant of 1.0.0');
    expect(await host.grants.allowedTo(plugin)).toMatchObject({ network: ["a.example"] });
  });

  test("holds other code where the grant is pinned", async () => {
    using host = openGrants();
    const plugin = pluginOf({});
    await grantAll(host.desk, plugin, { isPinned: true });
    await host.grants.assertCode(plugin, async () => DIGEST);
    await expect(host.grants.assertCode(plugin, async () => OTHER_DIGEST)).rejects.toMatchObject({
      code: "GRANT_PENDING",
      message: expect.stringContaining("its grant is pinned to the code of version 1.0.0, and this is other code"),
    });
  });

  test("says nothing of plugins that were not granted anything by command", async () => {
    using host = openGrants({ stock: { grant: "asked" } });
    await host.grants.assertCode(pluginOf({}), async () => DIGEST);
    expect(host.logged).toEqual([]);
  });
});

describe("GrantDesk", () => {
  test("keeps who granted what to which code, and in the audit log", async () => {
    using host = openGrants();
    const stored = await grantAll(host.desk, pluginOf({ network: ["a.example"] }, { limits: { memory_mb: 64 } }));
    expect(stored).toMatchObject({
      plugin: "stock",
      version: "1.0.0",
      digest: DIGEST,
      grantedAt: 1_000,
      grantedBy: "ada",
      asked: { limits: { memory_mb: 64 } },
      granted: { network: ["a.example"] },
    });
    await host.desk.revoke("stock", "bob");
    expect(auditOf(host.storage)).toEqual([
      { kind: "grant.revoked", plugin: "stock", details: { by: "bob" } },
      {
        kind: "grant.given",
        plugin: "stock",
        details: {
          version: "1.0.0",
          digest: DIGEST,
          by: "ada",
          isPinned: false,
          granted: { network: ["a.example"] },
        },
      },
    ]);
  });
});

function auditOf(storage: Storage) {
  return storage.audit.list().map(({ kind, plugin, details }) => ({ kind, plugin, details }));
}

function parsed(text: string): never {
  try {
    return JSON.parse(text) as never;
  } catch {
    return undefined as never;
  }
}
