// Plain JavaScript of the oldest kind that still matters: this file must say its sentence on the Node.js that is too old for all else.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

// As `engines` in package.json: ^24.15.0 || >=26
if (!((major === 24 && minor >= 15) || major >= 26)) {
  console.error(
    `Cannot run Berth's scripts on Node.js ${process.versions.node}, they need 24.15 or newer: ` +
      "run `npm ci` once and then `npm test`, which bring and use their own Node.js.",
  );
  process.exitCode = 1;
}
