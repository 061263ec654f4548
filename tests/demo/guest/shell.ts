/** @module */
import type { Scene } from "./scene.ts";
/** x */
export async function openShell(_scene: Scene): Promise<void> {}
