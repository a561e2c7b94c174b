import { launchFull } from "../../src/sandbox/full/launch-full.ts";
import { findMachine } from "../../src/sandbox/machine.ts";
import { hearWitness, witnessSpec } from "../../src/sandbox/probe/witness.ts";
import { buildFilter } from "../../src/sandbox/seccomp/filter.ts";
import { UidRange } from "../../src/sandbox/uid-range.ts";

// A host on a machine that has no perl.
const { architecture, bwrap, prlimit, views, isRoot } = await findMachine();
if (architecture === undefined || bwrap === undefined || prlimit === undefined) {
  console.log(JSON.stringify("bubblewrap or prlimit is not installed"));
} else {
  using user = new UidRange().allocate("without-perl");
  const { program } = buildFilter({ architecture, mayStartPrograms: false, socketFamilies: [] });
  const machine = { bwrap, prlimit, perl: undefined, architecture, system: views.programs };
  const launch = launchFull(witnessSpec(isRoot ? user : undefined), {
    ...machine,
    filter: program,
  });
  console.log(JSON.stringify(await hearWitness(launch, AbortSignal.timeout(10_000))));
}
