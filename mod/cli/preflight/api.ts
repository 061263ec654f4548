import {
  endpointSliceSpec,
  nodeSpec,
  type ResourceSpec,
  serviceCidrSpec,
  serviceSpec,
  type Transport,
} from "#watch";
import type { Finding } from "../inspect_host.ts";

/** A server that is there answers within this, ms. */
const TIMEOUT_MS = 10_000;

const DENIED = "bind ClusterRole system:node-proxier to whom the kubeconfig " +
  "names, as kube-proxy's own set-up does";

/** Asks the API server for one object of each kind that is followed. */
export async function checkApi(
  transport: Transport & { readonly server: string },
  nodeName: string,
): Promise<readonly Finding[]> {
  const keep = (object: unknown): unknown => object;
  const specs = [
    serviceSpec(keep),
    endpointSliceSpec(keep),
    nodeSpec(nodeName, keep),
    serviceCidrSpec(keep),
  ];
  const findings: Finding[] = [];
  for (const spec of specs) {
    const finding = await askFor(spec, transport, nodeName);
    findings.push(finding);
    if (finding.subject.startsWith("API server")) break;
  }
  return findings;
}

async function askFor(
  { kind, path, optional, labelSelector, fieldSelector }: ResourceSpec<unknown>,
  transport: Transport & { readonly server: string },
  nodeName: string,
): Promise<Finding> {
  const query = new URLSearchParams({ limit: "1" });
  if (labelSelector) query.set("labelSelector", labelSelector);
  if (fieldSelector) query.set("fieldSelector", fieldSelector);
  const subject = `API ${kind}`;
  try {
    const { status, body } = await transport.send(
      { path: `${path}?${query}` },
      AbortSignal.timeout(TIMEOUT_MS),
    );
    const text = await textOf(body);
    if (status === 200 && kind === "Node" && !hasItems(text)) {
      return {
        result: "fail",
        subject,
        text: `there is no Node "${nodeName}"`,
        remedy: "name this node as the cluster does with --hostname-override",
      };
    }
    return findingOf(status, { subject, optional: optional ?? false });
  } catch (error) {
    return {
      result: "fail",
      subject: `API server ${transport.server}`,
      text: error instanceof Error ? error.message : String(error),
      remedy: "check --kubeconfig or --master, and the way to that address",
    };
  }
}

function findingOf(
  status: number,
  { subject, optional }: {
    readonly subject: string;
    readonly optional: boolean;
  },
): Finding {
  if (status === 200) {
    return { result: "ok", subject, text: "can be listed" };
  }
  if (status === 404 && optional) {
    const text = "this API server has none; it is not needed";
    return { result: "ok", subject, text };
  }
  const text = `cannot be listed: status ${status}`;
  if (status === 401) {
    const remedy = "the credentials are not accepted: renew the kubeconfig";
    return { result: "fail", subject, text, remedy };
  }
  return {
    result: optional ? "warn" : "fail",
    subject,
    text,
    ...(status === 403 ? { remedy: DENIED } : {}),
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const stream = { stream: true };
  for await (const chunk of body) text += decoder.decode(chunk, stream);
  return text;
}

function hasItems(text: string): boolean {
  try {
    const items: unknown = JSON.parse(text).items;
    return Array.isArray(items) && items.length > 0;
  } catch {
    return false;
  }
}
