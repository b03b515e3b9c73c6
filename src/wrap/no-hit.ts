// What a call needs that no hit answers, as one chunk: the more chunks share modules, the more pieces the
// start is cut into (0.03 ms each).
export { endLike } from "../base/spawn.ts";
export { passthrough } from "./call/passthrough.ts";
export { compileFirst, fly } from "./miss.ts";
export { withMissingCc } from "./cc/miss-language.ts";
export { withMissingRustc } from "./rustc/miss-language.ts";
export { startEngine } from "./engines/start-engine.ts";
export { traceKey } from "./unit/key-trace.ts";
export { verifierOf } from "./verify.ts";
export { compileUncached } from "./uncached.ts";
export { serveSeveral } from "./several.ts";
