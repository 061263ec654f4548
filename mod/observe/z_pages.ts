import { textResponse } from "./http_server.ts";

/** What `/statusz` tells. */
export interface StatuszInput {
  /** When the program started, ms since 1970. */
  readonly startedMs: number;
  /** Now, ms since 1970. */
  readonly nowMs: number;
  /** Version of this program, without "v". */
  readonly version: string;
  /** Version of its runtime. */
  readonly runtime: string;
  /** Paths that are served, top-level, sorted. */
  readonly paths: readonly string[];
  /** More lines, ours. */
  readonly lines: readonly (readonly [name: string, value: string])[];
}

const WARNING =
  "Warning: This endpoint is not meant to be machine parseable, has no " +
  "formatting compatibility guarantees and is for debugging purposes only.";

/** Whether a client asks for a structured kind, and of which version. */
function structuredVersion(
  accept: string | null,
  kind: string,
): string | undefined {
  for (const part of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = part.split(";").map((one) =>
      one.trim().toLowerCase()
    );
    if (type !== "application/json" || !parameters.includes(`as=${kind}`)) {
      continue;
    }
    if (!parameters.includes("g=config.k8s.io")) continue;
    const version = /^v=(v1alpha1|v1beta1)$/.exec(
      parameters.find((one) => one.startsWith("v=")) ?? "",
    )?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

function structured(
  kind: "Flagz" | "Statusz",
  version: string,
  fields: Readonly<Record<string, unknown>>,
): Response {
  const body = {
    kind,
    apiVersion: `config.k8s.io/${version}`,
    metadata: { name: "kube-proxy" },
    ...fields,
  };
  return new Response(JSON.stringify(body), {
    headers: {
      "Content-Type": "application/json",
      "X-Content-Type-Options": "nosniff",
      ...(version === "v1alpha1"
        ? { Warning: `299 - "config.k8s.io/v1alpha1 ${kind} is deprecated"` }
        : {}),
    },
  });
}

function plain(
  title: string,
  lines: readonly (readonly [name: string, value: string])[],
): Response {
  return textResponse(
    `\nkube-proxy ${title}\n${WARNING}\n\n` +
      lines.map(([name, value]) => `${name}: ${value}\n`).join(""),
  );
}

/** Answer of `/statusz`. */
export function answerStatusz(
  input: StatuszInput,
  accept: string | null,
): Response {
  const { startedMs, nowMs, version, runtime, paths } = input;
  const startTime = new Date(startedMs).toISOString();
  const uptimeSeconds = Math.floor((nowMs - startedMs) / 1_000);
  const kind = structuredVersion(accept, "statusz");
  if (kind !== undefined) {
    return structured("Statusz", kind, {
      startTime,
      uptimeSeconds,
      goVersion: runtime,
      binaryVersion: version,
      emulationVersion: version,
      paths,
    });
  }
  return plain("statusz", [
    ["Started", startTime],
    ["Up", uptimeText(uptimeSeconds)],
    ["Go version", runtime],
    ["Binary version", version],
    ["Emulation version", version],
    ["Paths", paths.join(" ")],
    ...input.lines,
  ]);
}

function uptimeText(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours} hr ${String(minutes).padStart(2, "0")} min ${
    String(seconds % 60).padStart(2, "0")
  } sec`;
}

/** Answer of `/flagz`. */
export function answerFlagz(
  flags: ReadonlyMap<string, string>,
  accept: string | null,
): Response {
  const sorted = [...flags].sort(([a], [b]) => a < b ? -1 : 1);
  const kind = structuredVersion(accept, "flagz");
  return kind === undefined
    ? plain("flagz", sorted)
    : structured("Flagz", kind, { flags: Object.fromEntries(sorted) });
}
