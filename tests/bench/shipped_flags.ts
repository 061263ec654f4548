import config from "../../deno.json" with { type: "json" };
import { v8Flags } from "../../deploy/build/run_flags.ts";

/** The V8 flags that the program ships with, without their flag's name. */
export function shippedFlags(): string {
  return v8Flags(config).replace("--v8-flags=", "");
}
