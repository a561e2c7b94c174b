import { createTestHost, type TestHost, type TestHostOptions } from "@berth/testing";
import type { OpenControl } from "../src/index.ts";
import { type ControlledHost, findHostOrFail, type FoundHost, openControl } from "../src/index.ts";

/** A host with an open control, and a conversation with it. */
export interface Controlled extends AsyncDisposable {
  readonly host: TestHost;
  readonly control: OpenControl;
  readonly found: FoundHost;
}

/** `more` stands in for parts of the host. */
export async function openControlled(
  options: TestHostOptions,
  more: Partial<ControlledHost> = {},
): Promise<Controlled> {
  await using opened = new AsyncDisposableStack();
  const host = opened.use(await createTestHost(options));
  const control = opened.use(await openControl({ host: { ...host, ...more }, env: {} }));
  const found = opened.use(await findHostOrFail({ dataFolder: host.dataFolder, clock: host.clock }, "look"));
  const owned = opened.move();
  return { host, control, found, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
