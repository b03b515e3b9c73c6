// What clang writes into a result of the call and of where the source lies: names of which only digits are left, and
// Microsoft's debug information.
import { bufferOf } from "../../base/bytes.ts";
import { readFileBytes } from "../../base/file.ts";
import { allPlaceMembers, type Member } from "../../key/input-set.ts";
import { absolute } from "../unit/unit.ts";
import type { CcRun } from "./cc-run.ts";
import type { CcUnit } from "./cc-unit.ts";
import { namesPlace } from "./named-place.ts";

/** Unnamed namespaces by Microsoft's rules: the digest of the source's full path. */
const BY_PATH = "?A0x";
/** A region for a device: the file's device and inode, also where no code for a device is made. */
const BY_INODE = "__omp_offloading_";

/** Microsoft's debug information: the call and the object's name. */
const CODEVIEW = ".debug$S";

/** The members that such names in a result add, or why it cannot be kept. */
export function clangNames(
  unit: CcUnit,
  { family, stdout }: Pick<CcRun, "family" | "stdout">,
): readonly Member[] | string {
  const { compile, place } = unit;
  if (family === "gcc") return [];
  const { mainOutput } = compile;
  const made =
    mainOutput === undefined || compile.discards
      ? (stdout ?? new Uint8Array())
      : readFileBytes(absolute(unit, mainOutput));
  if (typeof made === "string") return [];
  const bytes = bufferOf(made);
  if (bytes.includes(BY_INODE)) return "an offloaded region is named by its file's inode";
  const isCalled = !compile.recordsCommand && compile.spelling !== "cl";
  if (isCalled && bytes.includes(CODEVIEW)) return "debug information holds the call";
  return namesPlace(compile, place) && bytes.includes(BY_PATH) ? allPlaceMembers(place.roots) : [];
}
