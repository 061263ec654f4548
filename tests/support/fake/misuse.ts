/**
 * A call that the fake does not understand. It never means that the kernel
 * would refuse: either the code under test is wrong or the fake must learn.
 */
export class FakeMisuse extends Error {
  override readonly name = "FakeMisuse";
}

/** Stops the test. */
export function misuse(tool: string, what: string): never {
  throw new FakeMisuse(`the fake ${tool} does not understand ${what}`);
}

/** What an emulated tool answers. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Answers of one stream. */
export function says(stdout: string): Answer {
  return { code: 0, stdout, stderr: "" };
}

/** A refusal. */
export function fails(code: number, stderr: string): Answer {
  return { code, stdout: "", stderr };
}
