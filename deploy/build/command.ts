/** What a program of the build said. */
export interface Said {
  /** Its exit code; 124 when it took too long. */
  readonly code: number;
  /** Its output. */
  readonly stdout: string;
  /** Its complaints. */
  readonly stderr: string;
}

/** Runs a program of the build to its end, within a time. */
export async function command(
  program: string,
  args: readonly string[],
  { cwd, seconds = 120, env = {} }: {
    readonly cwd?: string;
    readonly seconds?: number;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Said> {
  const child = new Deno.Command(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code: late ? 124 : code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}
