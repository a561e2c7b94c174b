// Runs the command again on the Node.js that npm brought (the platform packages among the root's optionalDependencies), because
// the one that started it is too old. Plain JavaScript for Node.js 18.
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

// What others send to this process is meant for the command. SIGINT and SIGQUIT are missing here, see `isFromTerminal`.
const FORWARDED = ["SIGTERM", "SIGHUP", "SIGUSR2", "SIGBREAK"];

/** @param name of the launcher that found itself on an old Node.js. */
export function relaunch(name = "berth") {
  const node = findPinnedNode();
  if (!node) {
    console.error(
      `Cannot run ${name} on Node.js ${process.versions.node}, it needs 24.15 or newer: ` +
        "install a newer Node.js, or run `npm ci` in Berth's repository, which brings one.",
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [join(FOLDER, `${name}.js`), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of FORWARDED) listen(signal, () => child.kill(signal));
  for (const signal of ["SIGINT", "SIGQUIT"]) {
    listen(signal, () => {
      if (!isFromTerminal()) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    console.error(`Cannot run ${name} on ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", passOn);
}

/** The nearest one, from this folder upwards; never the binary that is running already. */
function findPinnedNode() {
  const { platform, arch } = process;
  const short = platform === "win32" ? "win" : platform;
  const binary = platform === "win32" ? "bin/node.exe" : "bin/node";
  const running = realpathSync(process.execPath);
  for (let folder = FOLDER; ; folder = dirname(folder)) {
    for (const name of [`node-${short}-${arch}`, `node-bin-${short}-${arch}`]) {
      const found = join(folder, "node_modules", name, binary);
      if (existsSync(found) && realpathSync(found) !== running) return found;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * A terminal sends Ctrl-C and Ctrl-\ to both processes. Forwarding them as well would make one key press two signals, and the
 * second one means "stop at once".
 */
function isFromTerminal() {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}

function listen(signal, listener) {
  try {
    process.on(signal, listener);
  } catch {
    // Not every system has every signal.
  }
}

/** Ends as the command ended, so that whoever waits for this process sees the same. */
function passOn(code, signal) {
  if (!signal) {
    process.exitCode = code;
    return;
  }
  process.removeAllListeners(signal);
  // For the signals that this process survives, such as SIGPIPE.
  process.exitCode = 128 + constants.signals[signal];
  process.kill(process.pid, signal);
}
