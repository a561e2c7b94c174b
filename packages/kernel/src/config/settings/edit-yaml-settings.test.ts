import { describe, expect, test } from "vitest";
import { editYamlSettings } from "./edit-yaml-settings.ts";

const FILE = `# My host
roots:   [plugins,   more]   # two

plugins:
  other: { settings: { title: x } }   # not this one
  talker:
    isolation: 'worker'

    settings:
      # Who speaks
      title: "Ada"   # the first
      every_s:    5 # often
      deep:
        a: 1   # one
        b: 2
      token: \${TOKEN}

# The end
log:
    level:   info
`;

describe("editYamlSettings", () => {
  test("changes nothing but the settings of the one plugin, and of these what is another [BWK-18]", () => {
    const settings = { every_s: 5, deep: { a: 1, b: 3 }, token: "${TOKEN}", name: "Ada" };
    expect(editYamlSettings(FILE, { plugin: "talker", settings, version: 2 })).toBe(`# My host
roots:   [plugins,   more]   # two

plugins:
  other: { settings: { title: x } }   # not this one
  talker:
    isolation: 'worker'

    settings_version: 2
    settings:
      # Who speaks
      every_s: 5 # often
      deep:
        a: 1 # one
        b: 3
      token: \${TOKEN}
      name: Ada

# The end
log:
    level:   info
`);
  });

  test("writes into one line where there is one, and over a version that is there", () => {
    const text = "plugins: { talker: { settings: { title: x }, settings_version: 1 }, z: {} }\n";
    expect(editYamlSettings(text, { plugin: "talker", settings: { name: "x" }, version: 2 })).toBe(
      "plugins: { talker: { settings: { name: x }, settings_version: 2 }, z: {} }\n",
    );
    const block = "plugins:\n  talker:\n    settings_version: 1 # old\n    settings:\n      title: x";
    expect(editYamlSettings(block, { plugin: "talker", settings: { name: "y" }, version: 2 })).toBe(
      "plugins:\n  talker:\n    settings_version: 2 # old\n    settings:\n      name: y",
    );
  });

  test("takes everything away, and puts it back", () => {
    const text = "plugins:\n  talker:\n    settings:\n      title: x\nlog: {}\n";
    const empty = editYamlSettings(text, { plugin: "talker", settings: {}, version: 2 })!;
    expect(empty).toBe("plugins:\n  talker:\n    settings_version: 2\n    settings:\n      {}\nlog: {}\n");
    expect(editYamlSettings(empty, { plugin: "talker", settings: { list: [1] }, version: 3 })).toContain("list");
  });

  test.each([
    ["an alias", "a: &a { title: x }\nplugins: { talker: { settings: *a } }\n"],
    ["a file that is none", "plugins: [\n"],
    ["a plugin without settings", "plugins: { talker: {} }\n"],
  ])("does not guess at %s", (_, text) => {
    expect(editYamlSettings(text, { plugin: "talker", settings: { name: "x" }, version: 2 })).toBeUndefined();
  });
});
