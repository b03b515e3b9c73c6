// Units with a macro that looks at one thing, through the macro's own library or one that hands it on.
import { join } from "node:path";
import { mustSucceed } from "./pair.ts";
import type { RustcCall, Variables, World } from "./rig.ts";
import type { Files } from "./tree.ts";

const HEAD = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::{env, fs, path::Path, process::Command};
fn word(input: TokenStream) -> String { input.to_string().trim_matches('"').to_string() }
fn say(text: String) -> TokenStream { TokenStream::from(TokenTree::from(Literal::string(&text))) }
`;

/** Macros that look at one thing each. */
const LOOKERS = `${HEAD}
#[proc_macro] pub fn read_file(i: TokenStream) -> TokenStream { say(fs::read_to_string(word(i)).unwrap_or_default()) }
#[proc_macro] pub fn list(i: TokenStream) -> TokenStream {
    let mut names: Vec<_> = fs::read_dir(word(i)).map(|d| d.flatten().map(|e| e.file_name().into_string().unwrap()).collect()).unwrap_or_default();
    names.sort();
    say(names.join(" "))
}
#[proc_macro] pub fn walk(i: TokenStream) -> TokenStream {
    fn below(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() { below(&entry.path(), found) } else { found.push(entry.path().display().to_string()) }
        }
    }
    let mut found = Vec::new();
    below(Path::new(&word(i)), &mut found);
    found.sort();
    say(found.join(" "))
}
#[proc_macro] pub fn exists(i: TokenStream) -> TokenStream { say(Path::new(&word(i)).exists().to_string()) }
#[proc_macro] pub fn place(_: TokenStream) -> TokenStream { say(env::current_dir().unwrap().as_os_str().len().to_string()) }
#[proc_macro] pub fn real(i: TokenStream) -> TokenStream { say(fs::canonicalize(word(i)).unwrap().display().to_string()) }
#[proc_macro] pub fn behind(i: TokenStream) -> TokenStream {
    let real = fs::canonicalize(word(i)).unwrap();
    say(fs::read_to_string(real.join("a.txt")).unwrap())
}
#[proc_macro] pub fn link(i: TokenStream) -> TokenStream { say(fs::read_link(word(i)).unwrap().display().to_string()) }
#[proc_macro] pub fn is_link(i: TokenStream) -> TokenStream { say(fs::symlink_metadata(word(i)).unwrap().is_symlink().to_string()) }
#[proc_macro] pub fn is_any(i: TokenStream) -> TokenStream { say(fs::symlink_metadata(word(i)).is_ok().to_string()) }
#[proc_macro] pub fn mode(i: TokenStream) -> TokenStream {
    say(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(word(i)).unwrap().permissions()).to_string())
}
#[proc_macro] pub fn variable(i: TokenStream) -> TokenStream { say(format!("{:?}", env::var(word(i)))) }
`;

/** Macros that ask for times, modes of open files and attributes: in a library of their own, since it shows. */
const ASKERS = `${HEAD}
extern "C" { fn getxattr(path: *const u8, name: *const u8, value: *mut u8, size: usize) -> isize; }
fn seconds(found: fs::Metadata) -> TokenStream {
    say(found.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string())
}
#[proc_macro] pub fn opened_time(i: TokenStream) -> TokenStream { seconds(fs::File::open(word(i)).unwrap().metadata().unwrap()) }
#[proc_macro] pub fn opened_mode(i: TokenStream) -> TokenStream {
    let found = fs::File::open(word(i)).unwrap().metadata().unwrap();
    say(std::os::unix::fs::PermissionsExt::mode(&found.permissions()).to_string())
}
#[proc_macro] pub fn time_of(i: TokenStream) -> TokenStream { seconds(fs::metadata(word(i)).unwrap()) }
#[proc_macro] pub fn attribute(i: TokenStream) -> TokenStream {
    let mut value = [0u8; 16];
    let path = word(i) + "\\0";
    unsafe { getxattr(path.as_ptr(), c"user.kind".as_ptr().cast(), value.as_mut_ptr(), 16) };
    say(value[0].to_string())
}
#[proc_macro] pub fn directories(i: TokenStream) -> TokenStream {
    say(fs::read_dir(word(i)).unwrap().flatten().filter(|e| e.file_type().unwrap().is_dir()).count().to_string())
}
`;

/** Macros after which the whole environment counts: in a library of their own, since they shape it. */
const WALKERS = `${HEAD}
#[proc_macro] pub fn environment(i: TokenStream) -> TokenStream {
    let start = word(i);
    say(env::vars().filter(|(name, _)| name.starts_with(&start)).map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(" "))
}
#[proc_macro] pub fn child(i: TokenStream) -> TokenStream {
    say(String::from_utf8(Command::new("sh").arg("-c").arg(word(i)).output().unwrap().stdout).unwrap())
}
`;

/** What a macro looks at, and what then counts. */
export interface Look {
  readonly fact: string;
  /** The macro and its argument. */
  readonly asks: string;
  readonly files?: Files;
  readonly env?: Variables;
  readonly edit?: Files;
  readonly set?: Variables;
  /** Whether the conservative rules cannot see it: the observer only. */
  readonly observerOnly?: boolean;
}

/** What lies in each unit's package. */
export const LOOKED_AT: Files = { "data.txt": "one", "other.txt": "one", "dir/a": "" };

/** The macros of one world, and the units that use them. */
export class Looks {
  readonly #world: World;
  readonly #libraries: string;
  #made = 0;

  constructor(world: World) {
    this.#world = world;
    this.#libraries = world.path("macros", "out");
  }

  /** Compiles the macros' libraries, once. */
  makeMacros(): void {
    const world = this.#world;
    const reexports = "pub use looker::*;\npub use walker::*;\npub use asker::*;\n";
    const dir = world.project("macros", {
      "looker.rs": LOOKERS,
      "asker.rs": ASKERS,
      "walker.rs": WALKERS,
      "via.rs": reexports,
    });
    for (const name of ["looker", "walker", "asker"]) {
      const shape = { type: "proc-macro", emit: "link", args: ["--extern", "proc_macro"] };
      mustSucceed(world.plainRustc(dir, { ...shape, name, source: `${name}.rs` }));
    }
    const args = ["looker", "walker", "asker"].flatMap((name) => this.externOf(name));
    mustSucceed(world.plainRustc(dir, { name: "via", source: "via.rs", emit: "link", args }));
  }

  /** The arguments for a unit that uses a library of them. */
  externOf(library: string): string[] {
    const file = library === "via" ? "libvia.rlib" : `lib${library}.so`;
    return ["--extern", `${library}=${join(this.#libraries, file)}`];
  }

  /** Makes a unit that looks, and gives what compiles it. */
  unit(look: Look, direct: boolean, observed: boolean) {
    this.#made += 1;
    const name = `look${this.#made}`;
    const walks = /^(environment|child)!/.test(look.asks);
    const asks = /^(opened_\w+|time_of|attribute|directories)!/.test(look.asks);
    const through = !direct ? "via" : walks ? "walker" : asks ? "asker" : "looker";
    const text = `pub const SAID: &str = ${through}::${look.asks};\n`;
    const dir = this.#world.project(`looks${this.#made}/package`, {
      "src/lib.rs": text,
      ...LOOKED_AT,
      ...look.files,
    });
    const call: RustcCall = {
      name,
      emit: "dep-info,metadata",
      args: [...this.externOf(through), "-L", `dependency=${this.#libraries}`],
      env: { ...look.env, ...(observed ? {} : { KACHE_OBSERVE: "0" }), CARGO_MANIFEST_DIR: dir },
    };
    const build = (env: Variables = {}) =>
      mustSucceed(this.#world.rustc(dir, { ...call, env: { ...call.env, ...env } }));
    return { dir, build, call, through };
  }
}
