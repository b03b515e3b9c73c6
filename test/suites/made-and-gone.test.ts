// What a macro makes and takes away again, opens for writing and leaves as it was, and what it is told by what it may
// not do: each says what was there before.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, linkSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("made-and-gone");

const MACRO = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::ffi::{c_char, c_int, c_void};
use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::{fd::FromRawFd, unix::fs::symlink};
use std::{path::Path, process::Command};
extern "C" {
    fn syscall(number: i64, ...) -> i64;
    fn pipe(ends: *mut c_int) -> c_int;
    fn posix_spawn_file_actions_init(actions: *mut c_void) -> c_int;
    fn posix_spawn_file_actions_addopen(a: *mut c_void, fd: c_int, p: *const c_char, f: c_int, m: u32) -> c_int;
    fn posix_spawn_file_actions_adddup2(a: *mut c_void, from: c_int, to: c_int) -> c_int;
    fn posix_spawnp(pid: *mut c_int, n: *const c_char, a: *const c_void, t: *const c_void, v: *const *const c_char, e: *const *const c_char) -> c_int;
    fn access(path: *const c_char, mode: c_int) -> c_int;
    fn name_to_handle_at(d: c_int, p: *const c_char, h: *mut c_void, m: *mut c_int, f: c_int) -> c_int;
}
fn said() -> Result<String, Box<dyn std::error::Error>> { BODY }
unsafe fn from_stdin(path: &std::ffi::CStr) -> String {
    let (mut actions, mut ends, mut pid) = ([0u64; 32], [0; 2], 0);
    let actions = actions.as_mut_ptr().cast();
    pipe(ends.as_mut_ptr());
    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_addopen(actions, 0, path.as_ptr(), 0, 0);
    posix_spawn_file_actions_adddup2(actions, ends[1], 1);
    let (none, words) = ([std::ptr::null()], [c"cat".as_ptr(), std::ptr::null()]);
    posix_spawnp(&mut pid, words[0], actions, std::ptr::null(), words.as_ptr(), none.as_ptr());
    let mut text = [0; 100];
    let count = fs::File::from_raw_fd(ends[0]).read(&mut text).unwrap();
    String::from_utf8_lossy(&text[..count]).into_owned()
}
#[proc_macro] pub fn run(_: TokenStream) -> TokenStream {
    TokenTree::from(Literal::string(&said().unwrap())).into()
}\n`;

let units = 0;

/** A unit whose text is what this body of a macro says. */
function unit(body: string) {
  units += 1;
  const macro = `says${units}`;
  const text = `#![allow(unused)]\n${MACRO.replace("BODY", body)}`;
  const macros = world.project(macro, { "says.rs": text });
  const shape = { name: macro, type: "proc-macro", source: "says.rs", emit: "link" };
  mustSucceed(world.plainRustc(macros, { ...shape, args: ["--extern", "proc_macro"] }));
  const name = `unit${units}`;
  const files = { "Cargo.toml": "", "src/lib.rs": `pub const SAID: &str = ${macro}::run!();\n` };
  const data = { "data/one": "#!/bin/sh\n", "data/none": "" };
  const dir = world.project(name, { ...files, ...data });
  const earlier = new Date("2001-01-01T00:00:00Z");
  for (const path of Object.keys(data)) utimesSync(join(dir, path), earlier, earlier);
  const args = ["--extern", `${macro}=${world.path(macro, "out", `lib${macro}.so`)}`];
  const call = { name, args, emit: "dep-info,metadata", env: { CARGO_MANIFEST_DIR: dir } };
  return { dir, build: () => outcomeOf(mustSucceed(world.rustc(dir, call))) };
}

type Change = (dir: string) => void;

const file =
  (name: string, text = "x"): Change =>
  (dir) => {
    writeFileSync(join(dir, name), text);
  };
const directory =
  (name: string): Change =>
  (dir) => {
    mkdirSync(join(dir, name));
  };
const mode =
  (name: string, bits: number): Change =>
  (dir) => {
    chmodSync(join(dir, name), bits);
  };

const OPENED = `let mut text = String::new(); file.read_to_string(&mut text)?; Ok(text)`;

describe("a macro's result does not serve any more", () => {
  const rows: readonly (readonly [fact: string, body: string, change: Change])[] = [
    [
      "when a file is there that it asked for, made and removed",
      `let there = Path::new("lock").exists(); if !there { fs::write("lock", "")?; fs::remove_file("lock")?; } Ok(there.to_string())`,
      file("lock"),
    ],
    [
      "when a file is there that it would have read, and made and removed",
      `let text = fs::read_to_string("lock").unwrap_or_default(); if text.is_empty() { fs::write("lock", "")?; fs::remove_file("lock")?; } Ok(text)`,
      file("lock"),
    ],
    [
      "when a file is there that it asked for, had a compiler make and removed",
      `let there = Path::new("lock").exists(); if !there { Command::new("cc").args(["-c", "-xc", "data/none", "-o", "lock"]).status()?; fs::remove_file("lock")?; } Ok(there.to_string())`,
      file("lock"),
    ],
    [
      "when a file is there that it made because there was none",
      `let own = OpenOptions::new().write(true).create_new(true).open("lock").is_ok(); if own { fs::remove_file("lock")?; } Ok(own.to_string())`,
      file("lock"),
    ],
    [
      "when a directory is there that it made and removed",
      `let own = fs::create_dir("lock").is_ok(); if own { fs::remove_dir("lock")?; } Ok(own.to_string())`,
      directory("lock"),
    ],
    [
      "when a directory is there that a program of its own made and removed",
      `let out = Command::new("sh").arg("-c").arg("mkdir lock && rmdir lock && echo own").output()?; Ok(String::from_utf8(out.stdout)?)`,
      directory("lock"),
    ],
    [
      "when there is something in a file that was empty, and that it opened for writing as well",
      `let mut file = OpenOptions::new().read(true).write(true).create(true).open("data/none")?; ${OPENED}`,
      file("data/none"),
    ],
    [
      "when a program may be run that it could not run",
      `Ok(Command::new("data/one").output().is_ok().to_string())`,
      mode("data/one", 0o755),
    ],
    [
      "when a file may be run of which it asked that",
      `Ok(unsafe { access(c"data/one".as_ptr(), 1) }.to_string())`,
      mode("data/one", 0o755),
    ],
    [
      "when a mode goes that it asked for, though it could have been run",
      `Ok(unsafe { access(c"data/one".as_ptr(), 4) }.to_string())`,
      mode("data/one", 0o600),
    ],
    [
      "when a mode goes that it was told by a system call of libc's own",
      `let mut told = [0u32; 64]; Ok(unsafe { syscall(332, -100i64, c"data/one".as_ptr(), 0i64, 0xfffi64, told.as_mut_ptr()); told[7] & 0xffff }.to_string())`,
      mode("data/one", 0o755),
    ],
    [
      "when a file changes that a program of its own has as its standard input",
      `unsafe { Ok(from_stdin(c"data/one")) }`,
      file("data/one", "2"),
    ],
    [
      "when a file gets another name, of which it was told the number",
      `Ok(std::os::unix::fs::MetadataExt::nlink(&fs::metadata("data/one")?).to_string())`,
      (dir) => {
        linkSync(join(dir, "data/one"), join(dir, "data/two"));
      },
    ],
    [
      "when a file is there that it asked a handle of",
      `let (mut handle, mut mount) = ([0u32; 64], 0); handle[0] = 128; Ok(unsafe { name_to_handle_at(-100, c"data/two".as_ptr(), handle.as_mut_ptr().cast(), &mut mount, 0) }.to_string())`,
      file("data/two"),
    ],
  ];
  for (const [fact, body, change] of rows) {
    test(fact, () => {
      const { dir, build } = unit(body);
      expect([build(), build()]).toEqual(["misses", "hits"]);
      change(dir);
      expect(build()).toBe("misses");
    });
  }
});

describe("what is read through a directory that a macro made and removed again is not its own", () => {
  const rows: readonly (readonly [fact: string, body: string])[] = [
    [
      "when the name leads out of it",
      `fs::create_dir("own")?; let text = fs::read_to_string("own/../data/one")?; fs::remove_dir("own")?; Ok(text)`,
    ],
    [
      "when it is the working directory",
      `fs::create_dir("own")?; std::env::set_current_dir("own")?; let text = fs::read_to_string("../data/one")?; std::env::set_current_dir("..")?; fs::remove_dir("own")?; Ok(text)`,
    ],
    [
      "when a link in it leads there, and it was moved",
      `fs::create_dir("own")?; symlink("../data/one", "own/link")?; fs::rename("own", "moved")?; let text = fs::read_to_string("moved/link")?; fs::remove_dir_all("moved")?; Ok(text)`,
    ],
  ];
  for (const [fact, body] of rows) {
    test(fact, () => {
      const { dir, build } = unit(body);
      expect(build()).toMatch(/^skipped after 1 compiles: .*(?:own\/\.\.|moved)\/.* is absent$/);
      file("data/one", "2")(dir);
      expect(build()).toMatch(/after 1 compiles|^misses$/);
    });
  }
});

test("what a macro makes in a directory of its own, and takes away with it, counts by that directory alone", () => {
  const { build } = unit(
    `fs::create_dir("own")?; fs::create_dir("own/a")?; fs::write("own/b", "1")?; let text = fs::read_to_string("own/a/../b")?; fs::remove_dir_all("own")?; Ok(text)`,
  );
  expect([build(), build()]).toEqual(["misses", "hits"]);
});
