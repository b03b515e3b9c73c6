// Traps in front of the compiler and in its own files: scripts, toolchains, targets, arguments, profiles.
import { copyFile, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { runChecked } from "../measure.ts";
import { BY_CFG, manifest, program, QUIET, variables } from "./sources.ts";
import type { Place, Situation, Trap } from "./trap.ts";

function byRustc(place: Place, name: string): Readonly<Record<string, string>> {
  return { RUSTC: join(place.beside, name) };
}

const REAL_RUSTC = (): string =>
  Bun.spawnSync(["rustup", "which", "rustc"]).stdout.toString().trim() ||
  (Bun.which("rustc") ?? "rustc");

const ADDS_CFG = '#!/bin/sh\nexec rustc "$@"';

/** A program, not a script, that runs the real rustc with one more argument. */
function compiledRustc(extra: string | undefined): Situation {
  return {
    environment: (place) => byRustc(place, "rustc-program"),
    make: async ({ beside }) => {
      const words =
        extra === undefined ? "" : `next[count++] = "--cfg"; next[count++] = "${extra}";`;
      const source =
        "#include <unistd.h>\nint main(int count, char **words) {\n  char *next[count + 3];\n" +
        `  for (int at = 0; at < count; at++) next[at] = words[at];\n  ${words}\n` +
        `  next[count] = 0;\n  return execv("${REAL_RUSTC()}", next);\n}\n`;
      await Bun.write(join(beside, "rustc-program.c"), source);
      const fresh = join(beside, "fresh");
      await runChecked({
        argv: ["cc", "-o", fresh, "rustc-program.c"],
        cwd: beside,
        environment: { PATH: process.env["PATH"] ?? "" },
      });
      await rm(join(beside, "rustc-program"), { force: true });
      await copyFile(fresh, join(beside, "rustc-program"));
    },
  };
}

function sysroot(toolchain: string): string | undefined {
  const run = Bun.spawnSync(["rustc", `+${toolchain}`, "--print", "sysroot"], {
    env: { ...process.env, RUSTUP_AUTO_INSTALL: "0" },
    stderr: "ignore",
  });
  return run.exitCode === 0 ? run.stdout.toString().trim() : undefined;
}

function linkedToolchain(name: string): Situation {
  return {
    environment: (place) => byRustc(place, "toolchain/bin/rustc"),
    make: async ({ beside }) => {
      await rm(join(beside, "toolchain"), { force: true });
      await symlink(sysroot(name) ?? "", join(beside, "toolchain"));
    },
  };
}

const TARGET = (vendor: string): string =>
  JSON.stringify({
    "llvm-target": "x86_64-unknown-none",
    "data-layout":
      "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128",
    arch: "x86_64",
    "target-pointer-width": 64,
    "target-endian": "little",
    vendor,
    os: "none",
    "panic-strategy": "abort",
    linker: "rust-lld",
    "linker-flavor": "gnu-lld",
  });

const WITHOUT_CORE = `${QUIET}#![feature(no_core)]
#![no_core]
#[cfg(target_vendor = "one")]
#[macro_export]
macro_rules! vendor_is_one { () => {} }
#[cfg(target_vendor = "two")]
#[macro_export]
macro_rules! vendor_is_two { () => {} }
`;

/** Optimised by what a profile says; a file that is none makes rustc warn. */
function profile(counts: string | undefined): Situation {
  return {
    environment: ({ beside }) => ({ RUSTFLAGS: `-Cprofile-use=${join(beside, "trap.profdata")}` }),
    make: async ({ beside }) => {
      const path = join(beside, "trap.profdata");
      await Bun.write(join(beside, "trap.proftext"), counts ?? "");
      if (counts === undefined) {
        await Bun.write(path, "not a profile\n");
        return;
      }
      const argv = ["llvm-profdata", "merge", "-o", path, "trap.proftext"];
      await runChecked({ argv, cwd: beside, environment: { PATH: process.env["PATH"] ?? "" } });
    },
  };
}

/** Every one of them. */
export const COMPILERS: readonly Trap[] = [
  {
    name: "`RUSTC` is a script whose text changes",
    before: {
      files: { ...BY_CFG, "beside/rustc-script": `${ADDS_CFG}\n` },
      environment: (place) => byRustc(place, "rustc-script"),
    },
    after: { files: { "beside/rustc-script": `${ADDS_CFG} --cfg trapped\n` } },
  },
  {
    name: "the compiler is another program with the same `-vV`",
    before: { files: BY_CFG, ...compiledRustc(undefined) },
    after: compiledRustc("trapped"),
  },
  {
    name: "the toolchain behind a path is replaced",
    before: { files: program('"built"'), ...linkedToolchain("stable") },
    after: linkedToolchain("nightly"),
    observe: async ({ checkout }) => {
      const bytes = await readFile(join(checkout, "target", "debug", "trap"), "latin1");
      const versions = bytes.match(/rustc version \d+\.\d+\.\d+[-\w]*/g) ?? [];
      return [...new Set(versions)].sort().join(", ");
    },
    unavailable: () => {
      const both = ["stable", "nightly"].every((name) => sysroot(name) !== undefined);
      return both ? undefined : "needs rustup's stable and nightly";
    },
  },
  {
    name: "a target's JSON is edited",
    before: {
      files: {
        "Cargo.toml": manifest("trap"),
        "src/lib.rs": WITHOUT_CORE,
        "trap-target.json": TARGET("one"),
      },
      ...variables({ RUSTC_BOOTSTRAP: "1" }),
    },
    after: { files: { "trap-target.json": TARGET("two") } },
    cargo: ["build", "-Zjson-target-spec", "--target", "trap-target.json"],
    observe: async ({ checkout }) => {
      const path = join(checkout, "target", "trap-target", "debug", "libtrap.rlib");
      return /vendor_is_(?:one|two)/.exec(await readFile(path, "latin1"))?.[0] ?? "neither";
    },
  },
  {
    name: "an argument file in `RUSTFLAGS` is edited",
    before: {
      files: { ...BY_CFG, "beside/words": "--cfg\nfree\n" },
      environment: ({ beside }) => ({ RUSTFLAGS: `@${join(beside, "words")}` }),
    },
    after: { files: { "beside/words": "--cfg\ntrapped\n" } },
  },
  {
    name: "the file of `-C profile-use` becomes one that rustc warns of",
    before: { files: program('"built"'), ...profile(":ir\nmain\n1\n1\n1\n") },
    after: profile(undefined),
    cargo: ["build", "--release"],
    observe: (_, messages) =>
      Promise.resolve(messages.includes("bad magic") ? "bad magic" : "fits"),
    unavailable: () => (Bun.which("llvm-profdata") === null ? "needs llvm-profdata" : undefined),
  },
];
