import { SOCKET_NAME, socketPath } from "./types.ts";

/** A listing of a large node takes seconds. */
const TIMEOUT_MS = 60_000;

/** A way to ask the running agent. */
export interface ControlClient {
  /**
   * Asks for a report.
   *
   * @throws {AgentAbsentError} when no agent answers
   * @throws {Error} when it answers with an error
   */
  get<Answer>(path: string): Promise<Answer>;
  /** Has something done; throws as `get` does. */
  post<Answer>(path: string, body: unknown): Promise<Answer>;
}

/** No agent runs here, or it cannot be reached. */
export class AgentAbsentError extends Error {
  /** Name of the class. */
  override readonly name: string = "AgentAbsentError";
}

/** Asks the agent whose run directory this is. */
export function openControl(runDir: string): ControlClient {
  return {
    get: (route) => ask(runDir, route),
    post: (route, body) =>
      ask(runDir, route, { method: "POST", body: JSON.stringify(body) }),
  };
}

async function ask<Answer>(
  runDir: string,
  route: string,
  init: RequestInit = {},
): Promise<Answer> {
  const path = await probe(runDir);
  using client = Deno.createHttpClient({
    proxy: { transport: "unix", path },
  });
  const response = await fetch(`http://localhost${route}`, {
    ...init,
    client,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = await response.json();
  if (response.ok) return answer as Answer;
  throw new Error(String(answer?.error ?? `status ${response.status}`));
}

/** Path of the socket; says plainly why nobody answers there. */
async function probe(runDir: string): Promise<string> {
  try {
    const path = socketPath(runDir);
    (await Deno.connect({ transport: "unix", path })).close();
    return path;
  } catch (error) {
    throw new AgentAbsentError(
      `Cannot ask the agent: ${reasonOf(error, `${runDir}/${SOCKET_NAME}`)}`,
      { cause: error },
    );
  }
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `it does not run on this node (there is no ${path}); start it ` +
      'with "systemctl start kube-proxy" or "kube-proxy run", or name its ' +
      "folder with --run-dir";
  }
  if (error instanceof Deno.errors.ConnectionRefused) {
    return `it has ended (nobody answers at ${path}); start it with ` +
      '"systemctl start kube-proxy" or "kube-proxy run"';
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `${path} is for root alone; run this as root`;
  }
  return error instanceof Error ? error.message : String(error);
}
