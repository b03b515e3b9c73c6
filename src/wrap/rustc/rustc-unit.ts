// A rustc unit: what the stages' answers for rustc are made of.
import type { RustcCompile } from "../../compiler/rustc/rustc-compile.ts";
import type { RustcKeyPlace } from "../../key/derived-key.ts";
import type { UnitBase } from "../unit/unit.ts";

/** One cacheable rustc call. */
export interface RustcUnit extends UnitBase {
  readonly compile: RustcCompile;
  /** rustup's `+name`, passed on first. */
  readonly channel: string | undefined;
  readonly place: RustcKeyPlace;
}
