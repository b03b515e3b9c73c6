// Units with a macro that learns whether something is there by a call that is for something else: a change that fails,
// a new working directory, a file system's size. What it was told counts like an answer to a question.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { type Files, writeTree } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("asked-aside");

/** By std's functions and by libc's; a number is one of syscall(). */
const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
fn word(input: TokenStream) -> String { input.to_string().trim_matches('"').to_string() }
fn say(said: bool) -> TokenStream { TokenStream::from(TokenTree::from(Literal::string(if said { "yes" } else { "no" }))) }
fn c(path: &str) -> std::ffi::CString { std::ffi::CString::new(path).unwrap() }
use std::{env, ffi::{c_char, c_int, c_long, c_void}, fs, os::unix::fs::{symlink, PermissionsExt}};
extern "C" {
    fn truncate(path: *const c_char, size: i64) -> c_int;
    fn statvfs64(path: *const c_char, answer: *mut c_void) -> c_int;
    fn inotify_init() -> c_int;
    fn inotify_add_watch(fd: c_int, path: *const c_char, events: u32) -> c_int;
    fn pathconf(path: *const c_char, name: c_int) -> c_long;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn syscall(number: c_long, ...) -> c_long;
}
#[proc_macro] pub fn makes(i: TokenStream) -> TokenStream { say(fs::create_dir(word(i)).is_ok()) }
#[proc_macro] pub fn borrows(i: TokenStream) -> TokenStream {
    let path = word(i);
    let there = fs::exists(&path).unwrap();
    if !there { fs::write(&path, "mine").unwrap(); fs::remove_file(&path).unwrap(); }
    say(there)
}
#[proc_macro] pub fn reads(i: TokenStream) -> TokenStream {
    let path = word(i);
    let there = fs::read(&path).is_ok();
    if !there { fs::create_dir(&path).unwrap(); fs::remove_dir(&path).unwrap(); }
    say(there)
}
#[proc_macro] pub fn removes(i: TokenStream) -> TokenStream { say(fs::remove_file(word(i)).is_ok()) }
#[proc_macro] pub fn empties(i: TokenStream) -> TokenStream { say(fs::remove_dir(word(i)).is_ok()) }
#[proc_macro] pub fn moves(i: TokenStream) -> TokenStream { say(fs::rename(word(i), "moved").is_ok()) }
#[proc_macro] pub fn links(i: TokenStream) -> TokenStream { say(fs::hard_link("data.txt", word(i)).is_ok()) }
#[proc_macro] pub fn points(i: TokenStream) -> TokenStream { say(symlink("data.txt", word(i)).is_ok()) }
#[proc_macro] pub fn permits(i: TokenStream) -> TokenStream {
    say(fs::set_permissions(word(i), fs::Permissions::from_mode(0o644)).is_ok())
}
#[proc_macro] pub fn enters(i: TokenStream) -> TokenStream {
    let home = env::current_dir().unwrap();
    let done = env::set_current_dir(word(i)).is_ok();
    env::set_current_dir(home).unwrap();
    say(done)
}
#[proc_macro] pub fn cuts(i: TokenStream) -> TokenStream { say(unsafe { truncate(c(&word(i)).as_ptr(), 3) } == 0) }
#[proc_macro] pub fn measures(i: TokenStream) -> TokenStream {
    let mut answer = [0u64; 64];
    say(unsafe { statvfs64(c(&word(i)).as_ptr(), answer.as_mut_ptr().cast()) } == 0)
}
#[proc_macro] pub fn awaits(i: TokenStream) -> TokenStream {
    say(unsafe { inotify_add_watch(inotify_init(), c(&word(i)).as_ptr(), 2) } >= 0)
}
#[proc_macro] pub fn limits(i: TokenStream) -> TokenStream { say(unsafe { pathconf(c(&word(i)).as_ptr(), 4) } >= 0) }
#[proc_macro] pub fn lists_old(i: TokenStream) -> TokenStream {
    let mut answer = [0u8; 4096];
    let dir = unsafe { open(c(&word(i)).as_ptr(), 0) };
    let size = unsafe { syscall(78, dir, answer.as_mut_ptr(), answer.len()) };
    TokenStream::from(TokenTree::from(Literal::string(&size.to_string())))
}
#[proc_macro] pub fn removes_raw(i: TokenStream) -> TokenStream { say(unsafe { syscall(87, c(&word(i)).as_ptr()) } == 0) }
#[proc_macro] pub fn links_raw(i: TokenStream) -> TokenStream {
    say(unsafe { syscall(86, c("data.txt").as_ptr(), c(&word(i)).as_ptr()) } == 0)
}
`;

beforeAll(() => {
  const dir = world.project("macros", { "asker.rs": MACROS });
  const call = { name: "asker", type: "proc-macro", source: "asker.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro"] }));
});

let units = 0;

/** A unit whose text is what a macro says. */
function unit(asks: string) {
  units += 1;
  const name = `unit${units}`;
  const dir = world.project(name, {
    "src/lib.rs": `pub const SAID: &str = asker::${asks};\n`,
    "data.txt": "one",
    "dir/a": "",
  });
  const args = ["--extern", `asker=${world.path("macros/out/libasker.so")}`];
  const call = { name, args, emit: "dep-info,metadata", env: { CARGO_MANIFEST_DIR: dir } };
  return { dir, build: () => outcomeOf(mustSucceed(world.rustc(dir, call))) };
}

const isX64 = process.arch === "x64";

describe("a unit with a macro is compiled again when", () => {
  const here: Files = { "later/x": "" };
  const rows: readonly (readonly [fact: string, asks: string, edit: Files])[] = [
    ["a directory goes away that it could not make", 'makes!("dir")', { dir: undefined }],
    ["a file comes to be that it could not remove", 'removes!("later")', { later: "" }],
    ["a directory is empty that it could not remove", 'empties!("dir")', { "dir/a": undefined }],
    ["a file comes to be that it could not rename", 'moves!("later")', { later: "" }],
    ["a file goes away that a link could not replace", 'links!("dir")', { dir: undefined }],
    ["a file goes away that a symlink could not replace", 'points!("dir")', { dir: undefined }],
    ["a file comes to be whose mode it could not change", 'permits!("later")', { later: "" }],
    ["a file comes to be that it could not cut", 'cuts!("later")', { later: "longer" }],
    ["a directory comes to be that it could not enter", 'enters!("later")', here],
    ["a directory goes away that it entered", 'enters!("dir")', { dir: undefined }],
    ["a directory comes to be whose file system it asked for", 'measures!("later")', here],
    ["a file comes to be that it could not watch", 'awaits!("later")', { later: "" }],
    ["a file comes to be that it made and took away", 'borrows!("later")', { later: "" }],
    ["a file comes to be that it made a directory of", 'reads!("later")', { later: "" }],
    ["a file comes to be whose limits it asked for", 'limits!("later")', { later: "" }],
  ];
  const raw: readonly (readonly [fact: string, asks: string, edit: Files])[] = [
    ["a directory gets a file that it listed in the old way", 'lists_old!("dir")', { "dir/b": "" }],
    ["a file comes to be that syscall() could not remove", 'removes_raw!("later")', { later: "" }],
    ["a file goes away that syscall() could not link", 'links_raw!("dir")', { dir: undefined }],
  ];
  for (const [fact, asks, edit] of isX64 ? [...rows, ...raw] : rows) {
    test(fact, () => {
      const { dir, build } = unit(asks);
      expect([build(), build()]).toEqual(["misses", "hits"]);
      writeTree(dir, edit);
      expect(build()).not.toBe("hits");
    });
  }
});
