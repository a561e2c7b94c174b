import { text } from "node:stream/consumers";
import { type HostRequest, runRequest } from "./run-request.ts";

// A host that may run as another user than the test.
const request = JSON.parse(await text(process.stdin)) as HostRequest;
process.stdout.write(JSON.stringify(await runRequest(request)));
