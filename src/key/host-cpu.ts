// What compilers take the host's CPU for when they are told to compile for it.
import { digestOf } from "../base/digest.ts";
import { readText } from "../base/file.ts";

/** The host's CPU as `-C target-cpu=native` and `-march=native` see it. */
export function hostCpu(): string {
  const text = readText("/proc/cpuinfo") ?? "";
  const lines = text.split("\n\n", 1)[0]?.split("\n") ?? [];
  return digestOf(
    lines
      .filter((line) => /^(vendor_id|cpu family|model|stepping|flags|Features|CPU )/.test(line))
      .join("\n"),
  );
}
