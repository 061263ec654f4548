/**
 * Turns what a driver tells into a test with steps.
 *
 * @module
 */

import { bootLab, type LabOptions } from "./boot.ts";
import type { LabEvent } from "./protocol.ts";

const CONSOLE_SHOWN = 120;

/**
 * A test that boots one guest; every step of its driver is a step of the test.
 * A failure shows the end of the guest's console.
 */
export function labTest(
  name: string,
  options: LabOptions & {
    /** Takes what the driver hands over; what it throws fails the test. */
    readonly onData?: (name: string, value: unknown) => Promise<void>;
  },
): void {
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      await using lab = await bootLab({ onProgress: print, ...options });
      let failed = false;
      const events = lab.events[Symbol.asyncIterator]();
      for (;;) {
        const { value: event, done } = await events.next();
        if (done) break;
        if (event.kind === "text") print(event.text);
        if (event.kind === "data") {
          await options.onData?.(event.name, event.value);
        }
        if (event.kind === "step") {
          failed = !await runStep(t, event.name, events, options) || failed;
        }
        if (event.kind === "end" && event.failure !== undefined) {
          showConsole(lab.console);
          throw guestError(event.failure);
        }
      }
      if (failed) showConsole(lab.console);
    },
  });
}

async function runStep(
  t: Deno.TestContext,
  name: string,
  events: AsyncIterator<LabEvent>,
  { onData }: Pick<Parameters<typeof labTest>[1], "onData">,
): Promise<boolean> {
  let skipped: string | undefined;
  const passed = await t.step(name, async () => {
    let unlike: { readonly error: unknown } | undefined;
    for (;;) {
      const { value: event, done } = await events.next();
      if (done) throw new Error("Cannot go on: the guest ended");
      if (event.kind === "text") print(event.text);
      if (event.kind === "data") {
        await onData?.(event.name, event.value).catch((error) => {
          unlike ??= { error };
        });
      }
      if (event.kind === "end") {
        throw guestError(event.failure ?? "the driver ended in a step");
      }
      if (event.kind !== "step-end") continue;
      skipped = event.skipped;
      if (event.failure !== undefined) throw guestError(event.failure);
      if (unlike !== undefined) throw unlike.error;
      return;
    }
  });
  if (skipped !== undefined) print(`skipped: ${name}: ${skipped}`);
  return passed;
}

/** An error whose stack is the guest's, not ours. */
function guestError(failure: string): Error {
  const error = new Error(failure);
  error.stack = failure;
  return error;
}

function showConsole(log: readonly string[]): void {
  print(`--- the guest's console, last ${CONSOLE_SHOWN} lines`);
  for (const line of log.slice(-CONSOLE_SHOWN)) print(line);
  print("---");
}

function print(line: string): void {
  // deno-lint-ignore no-console -- progress and console of a lab test
  console.log(line);
}
