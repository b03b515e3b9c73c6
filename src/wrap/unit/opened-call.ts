// A call with its settings, before its arguments are understood; and its end where it is not to be cached.
import { Timeline } from "../../base/timeline.ts";
import type { Bypass } from "../../compiler/bypass.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load-config.ts";
import { Layout } from "../../store/layout.ts";
import type { HandedOver } from "./begun.ts";
import type { Invocation } from "../call/invocation.ts";

/** A call and what the user's settings say of it. */
export interface OpenedCall {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly layout: Layout;
  readonly timeline: Timeline;
}

/** Loads the settings. A broken file of them means defaults. */
export function openCall(invocation: Invocation): OpenedCall {
  const timeline = new Timeline(invocation.caller.startMs);
  const { config } = loadConfig(invocation.env, invocation.cwd);
  return { invocation, config, layout: new Layout(config.cacheDir), timeline };
}

/** The end of a call that kache keeps out of: the compiler runs as called, and no event says so. */
export function unrecorded(invocation: Invocation): HandedOver {
  const { words } = invocation;
  return { kind: "handover", invocation, words, fallback: undefined, record: "unwanted" };
}

/** What an event tells of a call that is not cached, and the words that run the compiler: as called, if none are given. */
export interface RefusedCall {
  readonly crate: string;
  readonly reason: string;
  readonly words?: readonly string[];
}

/** The end of a call that is not cached: the compiler runs, with the fallback in front where the user has one. */
export function refuse(
  { invocation, config, layout }: OpenedCall,
  bypass: Bypass,
  { crate, reason, words = invocation.words }: RefusedCall,
): HandedOver {
  const { fallback } = config;
  const record =
    bypass.reason === "query" ? "query" : { invocation, config, layout, crate, reason };
  return { kind: "handover", invocation, words, fallback, record };
}
