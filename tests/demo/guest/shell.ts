/**
 * A shell inside the cluster, with a few commands that know its places.
 *
 * @module
 */

import { nodesTable, podsTable } from "./places.ts";
import { DB, DB_PORT, type Scene } from "./scene.ts";

const FOLDER = "/lab/bin";
const EXECUTABLE = 0o755;
const PROMPT = "cluster# ";

const WELCOME = `You are inside; "exit" ends the cluster.
  nodes, pods               who is there, and where
  on PLACE COMMAND…         run a command on a node or in a pod:
                              on node-1 ipvsadm -Ln
                              on node-2 ipset list
                              on web getent ahostsv4 ${DB.name}
                              on web ask ${DB.name} ${DB_PORT}
  ask HOST PORT             ask a server who it is
  kubectl get services      also endpointslices, nodes, events; -A, -n NS,
                            -o json; kubectl delete service ${DB.name}
  logs PLACE                what the agent of a node has logged`;

/** Runs a command where a place is; a node has its own mounts too. */
const ON = `#!/bin/sh
place=$1
[ $# -ge 2 ] && [ -e "/run/netns/$place" ] || {
  echo "Usage: on PLACE COMMAND...; places: $(ls /run/netns | tr '\\n' ' ')" >&2
  exit 2
}
shift
[ -e "/lab/mounts/$place" ] && set -- "--mount=/lab/mounts/$place" -- "$@"
exec nsenter "--net=/run/netns/$place" "$@"
`;

const ASK = `#!/bin/sh
[ $# = 2 ] || { echo "Usage: ask HOST PORT" >&2; exit 2; }
echo who | exec socat -T2 - "TCP:$1:$2"
`;

/** Gives the terminal to the user until the shell ends. */
export async function openShell(scene: Scene): Promise<void> {
  const { driver, narrator, api } = scene;
  await writeCommands(scene);
  const endLogs = writeLogs(scene);
  narrator.tell({ kind: "shell", state: "begins" });
  for (const line of WELCOME.split("\n")) narrator.say(line);
  const { TERM = "linux" } = driver.config.parameters;
  await driver.shell(undefined, {
    TERM,
    PS1: PROMPT,
    HOME: "/root",
    HISTFILE: "",
    KUBECONFIG: api.kubeconfig,
  });
  endLogs();
  narrator.tell({ kind: "shell", state: "ended" });
}

/** Brings the Service back, with three pods, for something to look at. */
export async function bringBack({ db, dns }: Scene): Promise<void> {
  while (db.ready.length < 3) await db.start("node-2");
  await db.publish();
  await dns.refresh();
}

async function writeCommands({ cluster, api }: Scene): Promise<void> {
  const scripts: Record<string, string> = {
    on: ON,
    ask: ASK,
    nodes: printing(nodesTable([...cluster.nodes.values()])),
    pods: printing(podsTable([...cluster.pods.values()])),
    logs: `#!/bin/sh\nexec cat "/run/log-\${1:?PLACE}"\n`,
  };
  if (!await hasKubectl()) {
    const command = cluster.programs.bundleCommand({
      program: "kubectl",
      permissions: [
        `--allow-net=${cluster.control.ipv4}`,
        `--allow-read=${api.kubeconfig}`,
        "--allow-env",
      ],
    });
    scripts["kubectl"] = `#!/bin/sh\nexec ${command.join(" ")} "$@"\n`;
  }
  for (const [name, text] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${FOLDER}/${name}`, text, { mode: EXECUTABLE });
  }
}

function printing(lines: readonly string[]): string {
  return `#!/bin/sh\ncat <<'END'\n${lines.join("\n")}\nEND\n`;
}

async function hasKubectl(): Promise<boolean> {
  for (const folder of ["/usr/local/bin", "/usr/bin"]) {
    const found = await Deno.stat(`${folder}/kubectl`).catch(() => undefined);
    if (found !== undefined) return true;
  }
  return false;
}

/** Keeps each agent's log in a file; call what it returns to end that. */
function writeLogs({ cluster, nodes }: Scene): () => void {
  const ends = nodes.map((node) => {
    const { log } = cluster.programs.get(node);
    const path = `/run/log-${node}`;
    Deno.writeTextFileSync(path, log.map((line) => `${line}\n`).join(""));
    return cluster.programs.get(node).watch((line) =>
      Deno.writeTextFileSync(path, `${line}\n`, { append: true })
    );
  });
  return () => ends.forEach((end) => end());
}
