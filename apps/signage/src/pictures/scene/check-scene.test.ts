import { isHostError, SCENE_LIMITS, SCENE_STYLE_PROPERTIES, type SceneNode } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkScene } from "./check-scene.ts";

function refusal(root: unknown): { code: string; message: string } {
  try {
    checkScene({ root });
  } catch (error) {
    if (isHostError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}

const styled = (style: Record<string, unknown>): unknown => ({ type: "box", style });

describe("checkScene", () => {
  test("takes what a layout may use", () => {
    const scene = {
      root: {
        type: "box",
        style: {
          width: "100%",
          padding: "0 12px 4px 8px",
          backgroundImage:
            "linear-gradient(180deg, rgba(0,0,0,0), #102030 40%), radial-gradient(circle at 50% 50%, red, blue)",
          boxShadow: "0 10px 40px rgba(0,0,0,0.3)",
          fontFeatureSettings: '"tnum" 1',
        },
        children: [
          { type: "text", text: "Hello", style: { fontSize: 20, lineClamp: 2, color: "#fff" } },
          { type: "icon", name: "cloud-rain", size: 20, color: "rgb(1,2,3)", strokeWidth: 1.5 },
          {
            type: "vector",
            width: 9,
            height: 9,
            shapes: [{ path: "M0 0L9 9Z", fill: { from: "#fff", to: "transparent" } }],
          },
        ],
      },
    };
    expect(() => checkScene(scene)).not.toThrow();
  });

  test.each([
    ["an address in a background", styled({ backgroundImage: "url(https://example.org/a.png)" })],
    [
      "an address behind a gradient",
      styled({ backgroundImage: "linear-gradient(red, blue), url(file:///etc/passwd)" }),
    ],
    ["an address without a scheme", styled({ backgroundImage: "linear-gradient(red, blue), url(a)" })],
    ["an address in a colour", styled({ color: "url(x)" })],
    ["a function that is not listed", styled({ backgroundImage: "image-set(linear-gradient(red, blue))" })],
    ["an escape in a function's name", styled({ backgroundImage: "u\\72l(x) linear-gradient(red, blue)" })],
    ["a shadow of endless blur", styled({ boxShadow: "0 0 9999px #000" })],
    ["a length that is no number", styled({ width: Number.NaN })],
    ["a length without end", styled({ width: 1e9 })],
    ["an expression as a length", styled({ width: "calc(100% - 1px)" })],
    ["a variable", styled({ color: "var(--x)" })],
    ["a path that is no path", { type: "vector", width: 9, height: 9, shapes: [{ path: 'M0 0"/><image href="a"/>' }] }],
    [
      "a fill that leaves its quotes",
      { type: "vector", width: 9, height: 9, shapes: [{ path: "M0 0", fill: '"/><image/>' }] },
    ],
    ["a stroke that refers", { type: "vector", width: 9, height: 9, shapes: [{ path: "M0 0", stroke: "url(#g0)" }] }],
    ["an icon's name without end", { type: "icon", name: "x".repeat(65), size: 9 }],
    ["an icon's colour that leaves its quotes", { type: "icon", name: "sun", size: 9, color: '"><image/>' }],
    ["an image", { type: "image", src: "https://example.org/a.png" }],
    ["no node", null],
    ["a text that is none", { type: "text", text: 5 }],
    ["children that are none", { type: "box", children: { length: 3 } }],
  ])("refuses %s", (_, root) => {
    expect(refusal(root)).toMatchObject({
      code: "RENDER_FAILED",
      message: expect.stringContaining("Cannot draw the scene: root"),
    });
  });

  test("names the place and the nearest property", () => {
    const root = { type: "box", children: [{ type: "box" }, styled({ backgroundImg: "red" })] };
    expect(refusal(root).message).toBe(
      'Cannot draw the scene: root.children[1].style has "backgroundImg" (did you mean "backgroundImage"?), which a scene may not use',
    );
  });

  const nested = (depth: number): unknown =>
    depth === 0 ? { type: "box" } : { type: "box", children: [nested(depth - 1)] };
  const many = (count: number, node: unknown): unknown => ({
    type: "box",
    children: Array.from({ length: count }, () => node),
  });
  test.each([
    ["nodes", many(SCENE_LIMITS.nodes, { type: "box" })],
    ["depth", nested(SCENE_LIMITS.depth)],
    ["textLength", { type: "text", text: "x".repeat(SCENE_LIMITS.textLength + 1) }],
    ["textSum", many(51, { type: "text", text: "x".repeat(2_000) })],
    [
      "shapes",
      {
        type: "vector",
        width: 9,
        height: 9,
        shapes: Array.from({ length: SCENE_LIMITS.shapes + 1 }, () => ({ path: "M0 0" })),
      },
    ],
    [
      "pathLength",
      { type: "vector", width: 9, height: 9, shapes: [{ path: "M".repeat(SCENE_LIMITS.pathLength + 1) }] },
    ],
    [
      "pathSum",
      many(6, { type: "vector", width: 9, height: 9, shapes: [{ path: "M".repeat(SCENE_LIMITS.pathLength) }] }),
    ],
    ["vectorPixels", many(4, { type: "vector", width: 4_000, height: 4_000, shapes: [] })],
    ["vectorPixels", many(4, { type: "icon", name: "sun", size: 4_000 })],
  ])("refuses more than the limit of %s", (limit, root) => {
    expect(refusal(root)).toMatchObject({ code: "LIMIT_EXCEEDED", message: expect.stringContaining(limit) });
  });

  test("lets nothing that could name an address through, whatever the style says", () => {
    const property = fc.constantFrom(...SCENE_STYLE_PROPERTIES);
    const part = fc.constantFrom(
      "url",
      "(",
      ")",
      "x",
      "linear-gradient(",
      "#fff",
      ",",
      " ",
      "/",
      ":",
      '"',
      "\\",
      "image",
      "rgb(1,2,3)",
      "0",
    );
    const value = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(property, value, (name, text) => {
        const isRefused = refusal(styled({ [name]: text })).code === "RENDER_FAILED";
        const isSuspicious = /url|image|:|\/|\\/.test(text) && text.includes("(");
        expect(isRefused || !isSuspicious).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("ends with a host error or not at all for any JSON", () => {
    const node = fc.letrec<{ node: SceneNode }>((tie) => ({
      node: fc.record(
        {
          type: fc.constantFrom("box", "text", "icon", "vector", "image", ""),
          text: fc.anything(),
          style: fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.anything()),
          children: fc.oneof(fc.array(tie("node"), { maxLength: 3 }), fc.anything()),
          shapes: fc.anything(),
          name: fc.anything(),
          size: fc.anything(),
        },
        { requiredKeys: ["type"] },
      ) as fc.Arbitrary<SceneNode>,
    })).node;
    fc.assert(
      fc.property(node, (root) => {
        expect(["none", "RENDER_FAILED", "LIMIT_EXCEEDED"]).toContain(refusal(root).code);
      }),
    );
  });
});
