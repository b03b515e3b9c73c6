// Macros that ask the dynamic loader. Where it looks in vain, and where libraries lie, nobody sees: what was made with
// such an answer is not kept. A macro that could ask and does not is as good as any.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(120_000);

const world = worldFor("asked-loader");

const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::ffi::{c_char, c_int, c_long, c_void, CString};
extern "C" {
    fn dlopen(name: *const c_char, how: c_int) -> *mut c_void;
    fn dlmopen(names: c_long, name: *const c_char, how: c_int) -> *mut c_void;
    fn dlsym(within: *const c_void, name: *const c_char) -> *mut c_void;
    fn dl_iterate_phdr(visit: extern "C" fn(*const c_void, usize, *mut c_void) -> c_int, data: *mut c_void) -> c_int;
    fn opens_in_thread(name: *const c_char) -> c_int;
    fn shm_open(name: *const c_char, how: c_int, mode: u32) -> c_int;
}
extern "C" fn count(_: *const c_void, _: usize, data: *mut c_void) -> c_int { unsafe { *data.cast::<u32>() += 1 }; 0 }
fn word(input: TokenStream) -> CString { CString::new(input.to_string().trim_matches('"')).unwrap() }
fn say(said: bool) -> TokenStream { TokenTree::from(Literal::string(if said { "yes" } else { "no" })).into() }
#[proc_macro] pub fn opens(i: TokenStream) -> TokenStream { say(!unsafe { dlopen(word(i).as_ptr(), 2) }.is_null()) }
#[proc_macro] pub fn finds(i: TokenStream) -> TokenStream {
    assert!(!unsafe { dlopen(word(i).as_ptr(), 2) }.is_null(), "it is not found");
    say(true)
}
#[proc_macro] pub fn opens_apart(i: TokenStream) -> TokenStream {
    say(!unsafe { dlmopen(-1, word(i).as_ptr(), 2) }.is_null())
}
#[proc_macro] pub fn opens_by_name(i: TokenStream) -> TokenStream {
    let open = unsafe { dlsym(std::ptr::null(), b"dlopen\\0".as_ptr().cast()) };
    let open: extern "C" fn(*const c_char, c_int) -> *mut c_void = unsafe { std::mem::transmute(open) };
    say(!open(word(i).as_ptr(), 2).is_null())
}
#[proc_macro] pub fn opens_itself(_: TokenStream) -> TokenStream { say(!unsafe { dlopen(std::ptr::null(), 2) }.is_null()) }
#[proc_macro] pub fn opens_at_last(i: TokenStream) -> TokenStream { say(unsafe { opens_in_thread(word(i).as_ptr()) } != 0) }
#[proc_macro] pub fn walks(_: TokenStream) -> TokenStream {
    let mut seen = 0u32;
    unsafe { dl_iterate_phdr(count, (&raw mut seen).cast()) };
    say(seen > 0)
}
#[proc_macro] pub fn shares(i: TokenStream) -> TokenStream { say(unsafe { shm_open(word(i).as_ptr(), 0, 0) } >= 0) }
#[proc_macro] pub fn catches(_: TokenStream) -> TokenStream { say(std::panic::catch_unwind(|| panic!("caught")).is_err()) }
`;

/** A thread whose last act is the call: nothing of the macro is left on its way back. */
const THREAD = `#include <dlfcn.h>
#include <pthread.h>
static void *open_it(void *name) { return dlopen(name, 2); }
int opens_in_thread(const char *name) {
  pthread_t thread;
  void *found = 0;
  pthread_create(&thread, 0, open_it, (void *)name);
  pthread_join(thread, &found);
  return found != 0;
}
`;

beforeAll(() => {
  const dir = world.project("macros", {
    "asker.rs": MACROS,
    "beside.c": "int beside;\n",
    "thread.c": THREAD,
  });
  const library = world.path("macros/beside/libfound_beside.so");
  mustSucceed(world.run(["mkdir", "-p", world.path("macros/beside")]));
  mustSucceed(world.run(["cc", "-shared", "-o", library, "beside.c"], { cwd: dir }));
  mustSucceed(world.run(["cc", "-O2", "-fPIC", "-c", "thread.c"], { cwd: dir }));
  const call = { name: "asker", type: "proc-macro", source: "asker.rs", emit: "link" };
  const along = ["-C", `link-args=-Wl,-rpath,${world.path("macros/beside")},--enable-new-dtags`];
  const linked = ["-C", `link-arg=${dir}/thread.o`, ...along];
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro", ...linked] }));
});

let units = 0;

/** What becomes of a unit whose text is what a macro says, compiled twice. */
function outcomes(asks: string): string[] {
  units += 1;
  const name = `unit${units}`;
  const dir = world.project(name, {
    "src/lib.rs": `pub const SAID: &str = asker::${asks};\n`,
  });
  const args = ["--extern", `asker=${world.path("macros/out/libasker.so")}`];
  const call = { name, args, emit: "dep-info,metadata" };
  return [0, 1].map(() => outcomeOf(mustSucceed(world.rustc(dir, call))));
}

describe("a unit is compiled every time whose macro", () => {
  const rows: readonly (readonly [fact: string, asks: string, by: string])[] = [
    ["opens a library", 'opens!("libnever_there.so")', "dlopen"],
    ["opens a library by an address it looked up", 'opens_by_name!("libnever_there.so")', "dlopen"],
    ["opens a library as a thread's last act", 'opens_at_last!("libnever_there.so")', "dlopen"],
    ["opens a library apart from others", 'opens_apart!("libnever_there.so")', "dlmopen"],
    ["walks through the libraries", "walks!()", "dl_iterate_phdr"],
    ["opens shared memory", 'shares!("/kache_never_there")', "shm_open"],
  ];
  for (const [fact, asks, by] of rows) {
    test(fact, () => {
      const why = `skipped after 1 compiles: inputs cannot be known (unwatchable function: ${by})`;
      expect(outcomes(asks)).toEqual([why, why]);
    });
  }

  test("finds a library along its own RUNPATH, as without anybody watching", () => {
    for (const outcome of outcomes('finds!("libfound_beside.so")'))
      expect(outcome).toContain("unwatchable function: dlopen");
  });
});

describe("a unit is kept whose macro could open libraries, and", () => {
  test("asks for the program it runs in alone", () => {
    expect(outcomes('opens_itself!("")')).toEqual(["misses", "hits"]);
  });

  test("unwinds", () => {
    expect(outcomes("catches!()")).toEqual(["misses", "hits"]);
  });
});
