/**
 * A running agent over the fakes, behind its control socket's handler.
 *
 * @module
 */
import { createHost } from "../../../mod/apply/mod.ts";
import { controlHandler } from "../../../mod/cli/control/routes.ts";
import type { ControlClient } from "../../../mod/cli/control/client.ts";
import type { LogControl } from "../../../mod/observe/log_setup.ts";
import {
  type ReportedNode,
  reportedNode,
} from "../../observe/report/support.ts";
import { settingsOf } from "../support.ts";

/** A node, and what answers for it. */
export interface ControlledNode extends ReportedNode {
  /** Answers a request. */
  handle(request: Request): Promise<Response>;
  /** Asks as the commands do, without a socket. */
  readonly client: ControlClient;
}

/** A node that has started, with no Service. */
export async function controlledNode(): Promise<ControlledNode> {
  const reported = await reportedNode();
  const { node } = reported;
  let verbosity = 0;
  const logs: LogControl = {
    get verbosity() {
      return verbosity;
    },
    setVerbosity: (value) => verbosity = value,
    setFormat: () => {},
    recent: () => ["a line"],
  };
  const handle = controlHandler({
    agent: node.agent,
    input: () => reported.input(),
    host: createHost(node.host, "legacy"),
    runner: node.host,
    settings: settingsOf(
      "--run-dir=/run/kube-proxy",
      "--master=https://admin:hush@192.0.2.1:6443",
    ),
    logs,
  });
  const ask = async <Answer>(
    path: string,
    init?: RequestInit,
  ): Promise<Answer> => {
    const response = await handle(new Request(`http://localhost${path}`, init));
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Error(answer.error);
  };
  return {
    ...reported,
    handle,
    client: {
      get: (path) => ask(path),
      post: (path, body) =>
        ask(path, { method: "POST", body: JSON.stringify(body) }),
    },
  };
}
