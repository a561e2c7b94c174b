import { configError, fields, type PluginContext } from "@berth/sdk";

/** What the operator may write. */
export const settingsSchema = fields({
  host: {
    type: "string",
    default: "unix:///var/run/docker.sock",
    description: "The engine: unix:///var/run/docker.sock, or http://ADDRESS:PORT",
  },
  image: { type: "string", description: "The image commands run in; without it the command is the image" },
  pull: {
    type: "string",
    oneOf: ["missing", "never"],
    default: "missing",
    description: "Whether to pull an image that is not there",
  },
  cwd: { type: "string", description: "The folder in the container; default that of the image" },
  mounts: { type: "strings", default: [], description: "Folders of this machine: /here:/there or /here:/there:ro" },
  network: {
    type: "string",
    description: "The network of the container, such as none or host; default that of the engine",
  },
  user: { type: "string", description: "The user in the container; default that of the image" },
  grace: { type: "duration", max: "10m", default: "10s", description: "From the request to end until it is killed" },
});

/** As checked. */
export interface DockerConfig {
  host: string;
  image?: string;
  pull: "missing" | "never";
  cwd?: string;
  mounts: string[];
  network?: string;
  user?: string;
  grace: number;
}

/** Where the engine listens: a socket with port 0, or an address. */
export interface EngineAddress {
  host: string;
  port: number;
}

const SOCKET = /^unix:(?:\/\/)?(\/\S+)$/;

/** @throws HostError `CONFIG_INVALID` */
export function engineAddress(text: string, ctx: PluginContext): EngineAddress {
  const path = SOCKET.exec(text)?.[1];
  if (path !== undefined) return { host: `unix:${path}`, port: 0 };
  const url = URL.parse(text);
  if (url?.protocol !== "http:") {
    throw configError(ctx, "host", "must be unix:///PATH or http://ADDRESS:PORT, such as unix:///var/run/docker.sock");
  }
  return { host: url.hostname, port: url.port === "" ? 80 : Number(url.port) };
}
