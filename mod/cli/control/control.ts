import type { AgentObserver } from "#agent";
import { controlHandler } from "./routes.ts";
import { serveControl } from "./socket.ts";
import type { ControlSources } from "./sources.ts";

/** The control socket of a running agent. */
export interface Control {
  /** Has to be told when the agent holds the lock. */
  readonly observer: AgentObserver;
  /** Serves until the signal; never throws. */
  serve(signal: AbortSignal): Promise<void>;
}

/** Makes the control socket of an agent; nothing is served yet. */
export function openControlSocket(sources: ControlSources): Control {
  const held = Promise.withResolvers<void>();
  return {
    observer: { started: () => held.resolve() },
    serve: (signal) =>
      serveControl({
        runDir: sources.settings.runDir,
        signal,
        lockHeld: held.promise,
        handle: controlHandler(sources),
      }),
  };
}
