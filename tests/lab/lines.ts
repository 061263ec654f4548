/**
 * Text that comes in pieces, as lines.
 *
 * @module
 */

/** Cuts a stream of text into lines, without their ends. */
export class TextLineStream extends TransformStream<string, string> {
  /** An empty stream. */
  constructor() {
    let pending = "";
    super({
      transform(piece, controller) {
        const parts = (pending + piece).split(/\r?\n/);
        pending = parts.pop() ?? "";
        for (const part of parts) controller.enqueue(part);
      },
      flush(controller) {
        if (pending !== "") controller.enqueue(pending);
      },
    });
  }
}
