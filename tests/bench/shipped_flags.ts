import config from "../../deno.json" with { type: "json" };

/** The V8 flags that the program ships with: those of its task. */
export function shippedFlags(): string {
  const { command } = config.tasks["kube-proxy"];
  return /--v8-flags=(\S+)/.exec(command)?.[1] ?? "";
}
