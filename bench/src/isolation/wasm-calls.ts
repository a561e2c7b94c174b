import { compileComponent, linkComponent, readComponent } from "@berth/runners/wasm-component";
import { $init, generate } from "@bytecodealliance/jco-transpile/component";

/** One call with the same texts in and the same text out. */
export type Call = () => string;

/** What goes with every call, beside the arguments. */
const CONTEXT = { deadline: Infinity, attempt: 1, caller: "app/bench", permissions: [], correlationId: "c-1234567" };
const GUEST = "berth:plugin/guest@1.0.0";

/** By Berth, as its own guest calls. */
export async function ownCall(component: Uint8Array, json: string): Promise<Call> {
  const file = readComponent(component);
  const modules = await compileComponent(file, 64);
  const none = (): never => {
    throw new Error("it imports no functions");
  };
  const call = linkComponent(file, modules, { open: () => ({ func: none, resource: none }) })
    .functionsOf(GUEST)!
    .get("call")!;
  return () => {
    const { value } = call.call([1, 0, { json, bytes: [] }, CONTEXT]) as { value: { json: string } };
    return value.json;
  };
}

/** By what jco makes of the component. */
export async function jcoCall(component: Uint8Array, json: string): Promise<Call> {
  await $init;
  const { files } = generate(component, {
    name: "echo",
    instantiation: { tag: "async" },
    noTypescript: true,
    noNodejsCompat: true,
    base64Cutoff: 0,
    noNamespacedExports: true,
  });
  const byName = new Map(files);
  const url = `data:text/javascript;base64,${Buffer.from(byName.get("echo.js")!).toString("base64")}`;
  const { instantiate } = (await import(url)) as {
    instantiate: (get: (name: string) => unknown, imports: object) => Promise<Record<string, { call: Function }>>;
  };
  const instance = await instantiate((name) => compile(byName.get(name)!), {});
  const guest = instance["guest"]!;
  return () => (guest.call(1, 0, { json, bytes: [] }, CONTEXT) as { json: string }).json;
}

interface Core {
  memory: { buffer: ArrayBuffer };
  cabi_realloc(old: number, oldSize: number, alignment: number, size: number): number;
  [name: string]: unknown;
}

/** By hand: the same texts copied in, the core function called, its text copied out, and nothing else. */
export async function rawCall(core: Uint8Array, json: string): Promise<Call> {
  const { WebAssembly: engine } = globalThis as unknown as {
    WebAssembly: { Instance: new (module: unknown) => { exports: unknown } };
  };
  const exported = new engine.Instance(await compile(core)).exports as Core;
  const call = exported[`${GUEST}#call`] as (...values: number[]) => number;
  const post = exported[`cabi_post_${GUEST}#call`] as (at: number) => void;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(exported.memory.buffer);
  const view = new DataView(exported.memory.buffer);
  let length = 0;
  const put = (text: string): number => {
    const at = exported.cabi_realloc(0, 0, 1, text.length);
    length = encoder.encodeInto(text, bytes.subarray(at)).written;
    return at;
  };
  return () => {
    const caller = put(CONTEXT.caller);
    const callerLength = length;
    const correlation = put(CONTEXT.correlationId);
    const correlationLength = length;
    const args = put(json);
    const at = call(1, 0, args, length, 0, 0, Infinity, 1, caller, callerLength, 0, 0, correlation, correlationLength);
    const start = view.getUint32(at + 4, true);
    const text = decoder.decode(bytes.subarray(start, start + view.getUint32(at + 8, true)));
    post(at);
    return text;
  };
}

async function compile(bytes: Uint8Array): Promise<unknown> {
  const { WebAssembly: engine } = globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<unknown> };
  };
  return await engine.compile(bytes);
}
