import { text } from "node:stream/consumers";
import { type Primitive, SandboxFactory, type SandboxSpec, giveFolder } from "../../src/sandbox/index.ts";

/** What a test asks a host to run. */
export interface HostRequest {
  hide: readonly Primitive[];
  spec: Omit<SandboxSpec, "user">;
  /** Folders that must be the program's own. */
  give: readonly string[];
  /** What the program reads from its channel. */
  input: string;
}

/** What came of it. */
export interface HostAnswer {
  level: string;
  stdout: string;
  stderr: string;
  channel: string;
  code: number | null;
  signal: string | null;
}

const LONGEST_MS = 20_000;

/** Runs `request` in a sandbox of this process. */
export async function runRequest(request: HostRequest): Promise<HostAnswer> {
  const signal = AbortSignal.timeout(LONGEST_MS);
  const factory = await SandboxFactory.probe({ hide: request.hide }, signal);
  using user = factory.userFor("isolation-test");
  const own = user === undefined ? {} : { user: { uid: user.uid, gid: user.gid } };
  if (user !== undefined) for (const folder of request.give) await giveFolder(folder, user, signal);
  await using sandboxed = await factory.launch({ ...request.spec, ...own }, signal);
  sandboxed.channel.end(request.input);
  const [stdout, stderr, channel, exit] = await Promise.all([
    text(sandboxed.stdout),
    text(sandboxed.stderr),
    text(sandboxed.channel),
    sandboxed.gone,
  ]);
  return { level: factory.level, stdout, stderr, channel, ...exit };
}
