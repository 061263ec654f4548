import { type NodeReport, redact, type ServiceSummary } from "#observe";
import type { ControlClient } from "../control/client.ts";
import type { DiffReport } from "../control/types.ts";
import { STATE_FILE } from "#agent";
import type { Surroundings } from "../command.ts";
import { describeVersion } from "../version.ts";
import { viewServices } from "../views/services_view.ts";
import { viewStatus } from "../views/status_view.ts";
import { gatherListings } from "./listings.ts";
import type { TarFile } from "./tar.ts";

/** What gathering needs. */
export interface BundleOptions {
  /** The world. */
  readonly surroundings: Pick<
    Surroundings,
    "runner" | "readFile" | "control" | "nowMs"
  >;
  /** The agent's folder. */
  readonly runDir: string;
}

const README = `What the kube-proxy of this node does, for a bug report.

agent/     what the running agent tells; absent.txt: it did not answer, and why
kernel/    what the kernel has, by its tools
versions/  of the tools
state      the agent's record of what is its own

It has names and addresses of Services, pods and nodes. It has no objects of the
API beside these, no kubeconfig, token or key; what looked like one is replaced
by [redacted].
`;

/** All files of the bundle; what cannot be had says why. */
export async function gatherBundle(
  { surroundings, runDir }: BundleOptions,
): Promise<readonly TarFile[]> {
  const { runner, readFile, control, nowMs } = surroundings;
  const files: TarFile[] = [
    { path: "README", text: README },
    {
      path: "version.txt",
      text: `${describeVersion()}\n${new Date(nowMs()).toISOString()}\n`,
    },
    ...await gatherAgent(control(runDir), nowMs()),
    {
      path: "state",
      text: await orReason(() => readFile(`${runDir}/${STATE_FILE}`)),
    },
    ...await gatherListings(runner),
  ];
  return files.map(({ path, text }) => ({ path, text: redact(text) }));
}

async function orReason(read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    return `# ${error instanceof Error ? error.message : error}\n`;
  }
}

/** What the agent tells; without one, why it does not. */
async function gatherAgent(
  client: ControlClient,
  nowMs: number,
): Promise<TarFile[]> {
  let status: NodeReport;
  try {
    status = await client.get<NodeReport>("/v1/status");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ path: "agent/absent.txt", text: `${reason}\n` }];
  }
  const lines = (list: readonly string[]): string =>
    list.map((line) => `${line}\n`).join("");
  const ask = async (
    path: string,
    route: string,
    show: (answer: never) => string,
  ): Promise<TarFile> => ({
    path: `agent/${path}`,
    text: await orReason(async () => show(await client.get(route) as never)),
  });
  const json = (value: unknown): string =>
    `${JSON.stringify(value, undefined, 1)}\n`;
  return [
    { path: "agent/status.txt", text: lines(viewStatus(status)) },
    { path: "agent/status.json", text: json(status) },
    await ask(
      "services.txt",
      "/v1/services",
      (all: readonly ServiceSummary[]) => lines(viewServices(all, nowMs)),
    ),
    await ask("services.json", "/v1/services", json),
    await ask("diff.txt", "/v1/diff", (diff: DiffReport) => lines(diff.lines)),
    await ask("settings.json", "/v1/settings", json),
    await ask("log.txt", "/v1/log", (log: readonly string[]) => lines(log)),
  ];
}
