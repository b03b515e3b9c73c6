// What a macro is told by somebody who cannot be asked again, or by means that show more than it asked for.
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed, outcomeOf } from "../support/pair.ts";
import { worldFor } from "../support/rig.ts";
import { kache } from "../support/toolchain.ts";

setDefaultTimeout(120_000);

const world = worldFor("asked-elsewhere");

const MACROS = `use proc_macro::{Literal, TokenStream, TokenTree};
use std::{io::Read, net::TcpStream, os::unix::{ffi::OsStrExt, net::UnixStream}};
fn word(input: TokenStream) -> String { input.to_string().trim_matches('"').to_string() }
fn text(said: &str) -> TokenStream { TokenTree::from(Literal::string(said)).into() }
fn all(mut from: impl Read) -> TokenStream {
    let mut said = String::new();
    from.read_to_string(&mut said).unwrap();
    text(&said)
}
#[proc_macro] pub fn local(input: TokenStream) -> TokenStream { all(UnixStream::connect(word(input)).unwrap()) }
#[proc_macro] pub fn remote(input: TokenStream) -> TokenStream { all(TcpStream::connect(word(input)).unwrap()) }
#[proc_macro] pub fn told(input: TokenStream) -> TokenStream {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(b"?", word(input)).unwrap();
    let mut said = [0; 9];
    let size = socket.recv(&mut said).unwrap();
    text(std::str::from_utf8(&said[..size]).unwrap())
}
#[proc_macro] pub fn bytes(input: TokenStream) -> TokenStream {
    text(&format!("{:?}", std::env::var_os(word(input)).unwrap().as_bytes()))
}
#[proc_macro] pub fn block(input: TokenStream) -> TokenStream {
    let name = word(input);
    text(&format!("{:?}", std::env::vars_os().find(|(one, _)| one == name.as_str()).unwrap().1.as_bytes()))
}
#[proc_macro] pub fn names(input: TokenStream) -> TokenStream {
    let all = std::fs::read_dir(word(input)).unwrap().map(|one| one.unwrap().file_name());
    text(&format!("{:?}", all.map(|name| name.as_bytes().to_vec()).collect::<Vec<_>>()))
}
#[proc_macro] pub fn start(input: TokenStream) -> TokenStream {
    let block = String::from_utf8_lossy(&std::fs::read("/proc/self/environ").unwrap()).into_owned();
    let name = format!("{}=", word(input));
    text(block.split('\\0').find(|one| one.starts_with(&name)).unwrap())
}
`;
beforeAll(() => {
  const dir = world.project("macros", { "asks.rs": MACROS });
  const call = { name: "asks", type: "proc-macro", source: "asks.rs", emit: "link" };
  mustSucceed(world.plainRustc(dir, { ...call, args: ["--extern", "proc_macro"] }));
});

let units = 0;

/** A program whose one text is what a macro says, and how often it is compiled with what reason not to keep it. */
function asking(said: string) {
  units += 1;
  const name = `unit${units}`;
  const files = { "Cargo.toml": "", "src/main.rs": `fn main() { print!("{}", ${said}); }\n` };
  const dir = world.project(name, files);
  const args = ["--extern", `asks=${world.path("macros", "out", "libasks.so")}`];
  const call = { name, args, type: "bin", source: "src/main.rs", emit: "dep-info,link" };
  const words = [kache, ...world.rustcWords(call)];
  mkdirSync(join(dir, "out"));
  return async (before: readonly string[] = []) => {
    const since = world.mark();
    const env = { CARGO_MANIFEST_DIR: dir };
    const run = await world.start([...before, ...words], { cwd: dir, env });
    if (run.exitCode !== 0) throw new Error(run.stderr);
    const { events } = since();
    const whys = events.map(({ result, not_stored }) => not_stored ?? result);
    return [world.run([join(dir, "out", name)]).stdout, ...whys];
  };
}

test("the network is asked anew", async () => {
  let answer = "one";
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: (socket) => void socket.end(answer), data: () => undefined },
  });
  const build = asking(`asks::remote!("127.0.0.1:${server.port}")`);
  const why = "inputs cannot be known (unwatchable network: connect)";
  expect(await build()).toEqual(["one", why]);
  answer = "two";
  expect(await build()).toEqual(["two", why]);
  server.stop();
});

test("the network is asked anew where no connection is made", async () => {
  let answer = "one";
  const server = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: { data: (socket, _, port, address) => void socket.send(answer, port, address) },
  });
  const build = asking(`asks::told!("127.0.0.1:${server.port}")`);
  const why = "inputs cannot be known (unwatchable network: bind)";
  expect(await build()).toEqual(["one", why]);
  answer = "two";
  expect(await build()).toEqual(["two", why]);
  server.close();
});

test("a library that asks the network is compiled anew", async () => {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: (socket) => void socket.end("one"), data: () => undefined },
  });
  const text = `pub const SAID: &str = asks::remote!("127.0.0.1:${server.port}");\n`;
  const dir = world.project("library", { "src/lib.rs": text, "out/": "" });
  const args = ["--extern", `asks=${world.path("macros", "out", "libasks.so")}`];
  const words = [kache, ...world.rustcWords({ name: "library", args, emit: "dep-info,metadata" })];
  for (const expected of ["skipped", "skipped"]) {
    const since = world.mark();
    await world.start(words, { cwd: dir, env: { CARGO_MANIFEST_DIR: dir } });
    expect(since().events.map(({ result }) => result)).toEqual([expected]);
  }
  server.stop();
});

test("whoever answers at a socket of the machine is asked anew", async () => {
  let answer = "one";
  const path = world.path("socket");
  const server = Bun.listen({
    unix: path,
    socket: { open: (socket) => void socket.end(answer), data: () => undefined },
  });
  const build = asking(`asks::local!("${path}")`);
  expect(await build()).toEqual(["one", `${path} is unreadable`]);
  answer = "two";
  expect(await build()).toEqual(["two", `${path} is unreadable`]);
  server.stop();
});

test.each(["bytes", "block"])(
  "a variable of other bytes counts, UTF-8 or not (%s)",
  async (how) => {
    const build = asking(`asks::${how}!("RAW")`);
    const within = (octal: string) => ["sh", "-c", `RAW=$(printf '\\${octal}') exec "$@"`, "sh"];
    expect(await build(within("376"))).toEqual(["[254]", "RAW is not UTF-8"]);
    expect(await build(within("377"))).toEqual(["[255]", "RAW is not UTF-8"]);
  },
);

test("a directory's names count by their bytes", async () => {
  const listed = world.path("listed");
  const build = asking(`asks::names!("${listed}")`);
  const named = (octal: string) => {
    const script = 'rm -rf "$1" && mkdir "$1" && : > "$1/$(printf "$2")"';
    return ["sh", "-c", `${script}; shift 2; exec "$@"`, "sh", listed, `\\${octal}`];
  };
  expect((await build(named("376")))[0]).toBe("[[254]]");
  expect((await build(named("377")))[0]).toBe("[[255]]");
});

test("the environment a process was started with is read anew", async () => {
  const build = asking('asks::start!("SAID")');
  const why = "/proc/self/environ was read";
  expect(await build(["env", "SAID=one"])).toEqual(["SAID=one", why]);
  expect(await build(["env", "SAID=two"])).toEqual(["SAID=two", why]);
});

test("warnings that speak of cargo are those of its calls", () => {
  const files = { "src/lib.rs": "#[cfg(nothing)] pub fn f() {}\n" };
  const dir = world.project("told", files);
  const call = { name: "told", emit: "dep-info,metadata", args: ["--check-cfg", "cfg()"] };
  const byCargo = { ...call, env: { CARGO_CRATE_NAME: "told" } };
  const said = [byCargo, call].map((one) => mustSucceed(world.rustc(dir, one)).stderr);
  expect(said).toEqual([byCargo, call].map((one) => world.plainRustc(dir, one).stderr));
  expect(said[0]).not.toBe(said[1]);
});

test.each(["\u00a0", "\t", "\u3000"])(
  "a path with a blank stands whole in make rules (%j)",
  (blank) => {
    const results = ["one", "two"].map((name) => {
      const dir = world.project(`blank${blank}${name}`, { "src/lib.rs": "" });
      const source = join(dir, "src/lib.rs");
      const call = {
        name: "blank",
        source,
        args: ["--cfg", `blank${blank.charCodeAt(0)}`],
      };
      const outcome = outcomeOf(
        mustSucceed(world.rustc(dir, { ...call, env: { HOME: world.dir } })),
      );
      return [outcome, readFileSync(join(dir, "out/blank.d"), "utf8").includes(`${source}:`)];
    });
    expect(results).toEqual([
      ["misses", true],
      ["hits", true],
    ]);
  },
);
