import {
  answerHealthz,
  answerLivez,
  answerReadyz,
  type HealthAnswer,
  type HealthInput,
} from "./health.ts";
import { jsonResponse, textResponse } from "./http_server.ts";
import type { Metrics } from "./metrics.ts";

const HEALTH: ReadonlyMap<string, (input: HealthInput) => HealthAnswer> =
  new Map([
    ["/healthz", answerHealthz],
    ["/livez", answerLivez],
    ["/readyz", answerReadyz],
  ]);

/** Answers requests of the health server; counts them when it can. */
export function healthHandler(
  input: () => HealthInput,
  metrics?: Pick<Metrics, "answered">,
): (request: Request) => Response {
  return (request) => {
    const { pathname } = new URL(request.url);
    const answer = HEALTH.get(pathname)?.(input());
    if (answer === undefined) {
      return textResponse("404 page not found\n", 404);
    }
    metrics?.answered(pathname, answer.status);
    return jsonResponse(answer.status, answer.body);
  };
}
