/**
 * `top` in a real terminal: it draws, ends on a key, and leaves the terminal
 * as it was.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { NODE, type Scene } from "./scene.ts";

/** Draws two frames or more in a terminal of script(1), then presses a key. */
export async function drawTop({ driver, cluster }: Scene): Promise<void> {
  const argv = cluster.programs.bundleCommand({
    program: "agent",
    parameters: ["top", "--interval=1s"],
  });
  const quoted = argv.map((word) => `'${word}'`).join(" ");
  for (const [name, key] of [["q", "q"], ["Ctrl-C", "\\003"]] as const) {
    await driver.step(
      `top draws in a terminal and ends on ${name}`,
      async () => {
        const inner =
          "stty -a >/tmp/before; TERM=xterm DENO_DIR=/run/deno-top " +
          `${quoted}; echo code $?; stty -a >/tmp/after`;
        await Deno.writeTextFile("/tmp/top.sh", inner);
        // The key is pressed once there is something to see.
        const script = `cd /tmp; rm -f keys out; mkfifo keys; : >out
( exec 3>keys; until grep -q default/web out; do sleep 0.2; done
  printf '${key}' >&3; sleep 2 ) &
script -qec 'sh /tmp/top.sh' /dev/null <keys >out
cat out; cmp before after && echo same terminal`;
        const { stdout } = await cluster.exec(
          cluster.node(NODE),
          ["sh", "-c", script],
          { timeoutMs: 60_000 },
        );
        const has = (part: string): boolean => stdout.includes(part);
        assertEquals(
          [
            "\u001b[?1049h",
            "default/web",
            "\u001b[?1049l",
            "code 0",
            "same terminal",
          ].filter((part) => !has(part)),
          [],
          JSON.stringify(stdout),
        );
      },
    );
  }
}
