// Setting the wrapper in cargo's configuration: every other byte stays.
import { expect, test } from "bun:test";
import { setWrapper } from "./cargo-config.ts";

function edited(text: string): string {
  const edit = setWrapper(text, "kache");
  return edit.kind === "changed" ? edit.text : edit.kind;
}

test("an empty file gets a table", () => {
  expect(edited("")).toBe('[build]\nrustc-wrapper = "kache"\n');
});

test("a file without the table gets one at its end", () => {
  expect(edited("# mine\n[net]\nretry = 2")).toBe(
    '# mine\n[net]\nretry = 2\n\n[build]\nrustc-wrapper = "kache"\n',
  );
});

test("an existing table is added to", () => {
  const text = "[build] # fast\njobs = 4\n\n[net]\nretry = 2\n";
  expect(edited(text)).toBe(
    '[build] # fast\nrustc-wrapper = "kache"\njobs = 4\n\n[net]\nretry = 2\n',
  );
  expect(edited("[build]")).toBe('[build]\nrustc-wrapper = "kache"\n');
});

test("an existing wrapper is replaced, its comment and spacing kept", () => {
  expect(edited('[build]\n  rustc-wrapper   = "sccache"  # old\njobs = 1\n')).toBe(
    '[build]\n  rustc-wrapper   = "kache"  # old\njobs = 1\n',
  );
  expect(edited("[build]\nrustc-wrapper = '/usr/bin/sccache'")).toBe(
    '[build]\nrustc-wrapper = "kache"',
  );
  expect(edited('build.rustc-wrapper = "x"\n[net]\n')).toBe(
    'build.rustc-wrapper = "kache"\n[net]\n',
  );
});

test("line ends stay as they are", () => {
  expect(edited("[build]\r\njobs = 1\r\n")).toBe(
    '[build]\r\nrustc-wrapper = "kache"\r\njobs = 1\r\n',
  );
});

test("a wrapper of another table is not touched", () => {
  const text = '[other]\nrustc-wrapper = "x"\n';
  expect(edited(text)).toBe(`${text}\n[build]\nrustc-wrapper = "kache"\n`);
});

test("what is set already stays", () => {
  expect(edited('[build]\nrustc-wrapper = "kache"\n')).toBe("unchanged");
});

test("what cannot be edited safely is left to the user", () => {
  expect(edited("[build\n")).toBe("malformed");
  expect(edited('build = { rustc-wrapper = "x" }\n')).toBe("by-hand");
  expect(edited("build = { jobs = 1 }\n")).toBe("by-hand");
  expect(edited('a = """\n[build]\n"""\n')).toBe("by-hand");
});
