import * as z from "zod";
import { parseListenAddress } from "./listen-address.ts";

/** `http` of `berth.yaml`: the small server for probes and monitoring. */
export const httpConfigSchema = z
  .strictObject({
    listen: z
      .string()
      .max(300)
      .refine((text) => parseListenAddress(text) !== undefined, "must be PORT, ADDRESS:PORT or [IPV6]:PORT")
      .meta({
        description:
          'Where it listens, as "127.0.0.1:9464"; a port alone means this machine only, port 0 any that is free. Nobody is asked who they are: an address that others reach needs a wall around it',
      }),
  })
  .meta({ description: "A server for /livez, /readyz, /health and /metrics; without it none is opened" });
