import { type Attack, each, node, wait } from "../aim.ts";

type Net = typeof import("node:net");
const net = (): Net => node<Net>("node:net");

/** Connects and says hello; what is heard comes back. */
function dial(options: import("node:net").NetConnectOpts): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net().connect(options, () => socket.write("hello\n"));
    socket.once("data", (data) => resolve(String(data)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed")));
    setTimeout(() => reject(new Error("no answer")), 1_000);
  });
}

/** Every way out of the machine, and into it. */
export const NETWORK: Record<string, Attack> = {
  "tcp-loopback": ({ tcpPort }) => dial({ host: "127.0.0.1", port: tcpPort }),
  "tcp-disguised": ({ tcpPort }) =>
    each(
      ["localhost", "::1", "0.0.0.0", "127.1", "2130706433", "0x7f000001", "::ffff:127.0.0.1", "localhost."].map(
        (host) => () => dial({ host, port: tcpPort }),
      ),
    ),
  "tcp-own-socket": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      const { Socket } = net();
      const socket = new Socket();
      socket.once("data", (data) => resolve(String(data))).once("error", reject);
      socket.connect(tcpPort, "127.0.0.1", () => socket.write("hello\n"));
    }),
  "tcp-internal-binding": ({ tcpPort }) => {
    const { binding } = process as unknown as {
      binding(name: string): {
        TCP: new (type: number) => { connect(request: object, host: string, port: number): number };
        TCPConnectWrap: new () => object;
      };
    };
    const { TCP, TCPConnectWrap } = binding("tcp_wrap");
    return `TOKEN ${new TCP(0).connect(new TCPConnectWrap(), "127.0.0.1", tcpPort)}`;
  },
  "http-loopback": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      node<typeof import("node:http")>("node:http")
        .get({ port: tcpPort, host: "127.0.0.1" }, resolve)
        .once("error", reject);
    }),
  "http2-loopback": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      const session = node<typeof import("node:http2")>("node:http2").connect(`http://127.0.0.1:${tcpPort}`);
      session.once("connect", () => resolve("connected")).once("error", reject);
    }),
  "tls-loopback": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      const socket = node<typeof import("node:tls")>("node:tls").connect({ host: "127.0.0.1", port: tcpPort });
      socket.once("secureConnect", resolve).once("error", reject);
    }),
  "fetch-loopback": async ({ tcpPort }) => (await fetch(`http://127.0.0.1:${tcpPort}/`)).text(),
  "websocket-loopback": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${tcpPort}/`);
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("refused")));
      setTimeout(() => reject(new Error("no answer")), 1_000);
    }),
  "context-fetch-loopback": async ({ tcpPort }, ctx) =>
    each([
      async () => (await ctx.fetch(`http://127.0.0.1:${tcpPort}/`)).text(),
      async () => (await ctx.fetch(`http://localhost:${tcpPort}/`)).text(),
      async () => (await ctx.fetch(`http://granted.example@127.0.0.1:${tcpPort}/`)).text(),
      async () => (await ctx.fetch("http://169.254.169.254/latest/meta-data/")).text(),
      async () => (await ctx.fetch("file:///etc/passwd")).text(),
    ]),
  "metadata-service": () => dial({ host: "169.254.169.254", port: 80 }),
  "udp-loopback": async ({ udpPort }) => {
    const socket = node<typeof import("node:dgram")>("node:dgram").createSocket("udp4");
    await new Promise((resolve, reject) => {
      socket.once("error", reject).send("hello", udpPort, "127.0.0.1", (error) => (error ? reject(error) : resolve(0)));
    });
  },
  "udp-listen": async () => {
    const socket = node<typeof import("node:dgram")>("node:dgram").createSocket("udp4");
    await new Promise((resolve, reject) => {
      socket.once("error", reject).once("listening", resolve).bind(0, "0.0.0.0");
    });
    await wait(50);
  },
  "dns-by-own-server": async ({ udpPort }) => {
    const { Resolver } = node<typeof import("node:dns")>("node:dns").promises;
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([`127.0.0.1:${udpPort}`]);
    return resolver.resolve4("token.example");
  },
  "dns-by-system": async () => {
    const { lookup } = node<typeof import("node:dns")>("node:dns").promises;
    const { address } = await lookup("localhost.localdomain");
    if (address !== "localhost.localdomain") throw new Error("an answer without a question");
  },
  "unix-socket": ({ unixPath }) => dial({ path: unixPath }),
  "abstract-socket": ({ abstractName }) => dial({ path: `\0${abstractName}` }),
  "docker-socket": () => dial({ path: "/var/run/docker.sock" }),
  "foreign-descriptors": () =>
    each(
      Array.from({ length: 60 }, (_, at) => () => {
        const { Socket } = net();
        new Socket({ fd: at + 4, readable: true, writable: true }).write("hello\n");
        return `TOKEN descriptor ${at + 4}`;
      }),
    ),
  "listen-on-all": ({ tcpPort }) =>
    new Promise((resolve, reject) => {
      const server = net().createServer();
      server.once("error", reject).listen(tcpPort + 1, "0.0.0.0", () => resolve("listening"));
    }),
  "open-inspector-port": () => {
    node<typeof import("node:inspector")>("node:inspector").open(0, "0.0.0.0");
    return "TOKEN inspector";
  },
  "list-interfaces": () => {
    const found = Object.keys(node<typeof import("node:os")>("node:os").networkInterfaces());
    if (found.every((name) => name === "lo")) throw new Error("only its own");
    return `TOKEN ${found.join()}`;
  },
};
