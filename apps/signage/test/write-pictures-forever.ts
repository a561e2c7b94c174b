// A process that writes pictures until it is killed: `node write-pictures-forever.ts FOLDER`.
import { systemClock } from "@berth/base";
import { writePicture } from "../src/pictures/index.ts";

const [dir] = process.argv.slice(2);
for (let run = 0; ; run++) {
  // Told apart by their filling, and large enough to be caught half-way.
  const png = Buffer.alloc(300_000, 65 + (run % 26));
  await writePicture({ dir: dir!, id: "killed", png, clock: systemClock });
  if (run === 3) process.stdout.write("running\n");
}
