/// <reference lib="deno.worker" />
/**
 * Plays the histories that it is given and answers with those that failed.
 *
 * @module
 */
import { type HistoryReport, playHistory } from "./history.ts";

self.onmessage = async ({ data }: MessageEvent<readonly number[]>) => {
  const failed: HistoryReport[] = [];
  for (const seed of data) {
    const report = await playHistory(seed);
    if (report.violations.length > 0) failed.push(report);
  }
  self.postMessage(failed);
};
