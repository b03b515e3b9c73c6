// Macros of a profile with `strip = true`: no symbols tell what they ask for.
import { expect, setDefaultTimeout, test } from "bun:test";
import { besidesHits, Checkouts, manifest } from "../support/checkouts.ts";
import { testUnless, worldFor } from "../support/rig.ts";
import type { Files } from "../support/tree.ts";

setDefaultTimeout(300_000);

const world = worldFor("stripped-macros");
const checkouts = new Checkouts(world);
const call = { args: ["build", "--release"] };
const STRIPPED = "[profile.release]\nstrip = true\n";

const DERIVES: Files = {
  "Cargo.toml": manifest(
    "seer",
    `[dependencies]\nserde = { version = "1", features = ["derive"] }\n${STRIPPED}`,
  ),
  "src/main.rs":
    "#[derive(serde::Serialize)] struct S { a: u8 }\nfn main() { let _ = S { a: 1 }.a; }\n",
};

testUnless(
  world.unfetchable("fetch", DERIVES),
  "a stripped macro that is known to ask for no place serves every checkout",
  () => {
    const [first, second] = checkouts.fetched("fetch");
    expect(besidesHits(checkouts.build(call, first))).not.toEqual([]);
    expect(besidesHits(checkouts.build(call, second))).toEqual([]);
  },
);

testUnless(
  world.unfetchable("fetch", DERIVES),
  "a stripped macro that is known to write no file is kept where nobody watches",
  () => {
    const [dir] = checkouts.fetched("fetch");
    const unwatched = { ...call, env: { KACHE_OBSERVE: "0", KACHE_KEY_SALT: "unwatched" } };
    const { events } = checkouts.build(unwatched, dir);
    const unseen = events.filter(({ not_stored }) => not_stored?.startsWith("nobody saw") === true);
    expect(unseen).toEqual([]);
  },
);

test("any other stripped macro may have asked, and what it made serves its place", () => {
  const first = checkouts.make({
    "Cargo.toml": `[workspace]\nresolver = "2"\nmembers = ["seer", "asker"]\n${STRIPPED}`,
    "seer/Cargo.toml": manifest("seer", '[dependencies]\nasker = { path = "../asker" }\n'),
    "seer/src/main.rs": 'fn main() { println!("{}", asker::length!()); }\n',
    "asker/Cargo.toml": manifest("asker", "[lib]\nproc-macro = true\n"),
    "asker/src/lib.rs": `use proc_macro::{Span, TokenStream};
#[proc_macro] pub fn length(_: TokenStream) -> TokenStream {
    let file = Span::call_site().local_file().and_then(|file| std::fs::canonicalize(file).ok());
    file.map_or(0, |file| file.as_os_str().len()).to_string().parse().unwrap()
}
`,
  });
  const second = checkouts.twin(first);
  const printed = [first, second].map((dir) => {
    checkouts.build(call, dir);
    return Number(world.run([`${dir}/target/release/seer`]).stdout);
  });
  expect(printed).toEqual([first, second].map((dir) => `${dir}/seer/src/main.rs`.length));
});
