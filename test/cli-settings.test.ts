// What the commands say of settings: each with its value and where it comes from, and of wrong ones what is wrong,
// in which file and line.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Commands, on } from "./support/commands.ts";

setDefaultTimeout(120_000);

const { root, home, run } = new Commands();

test("a file that is no TOML, and unknown tables, are told with file and line", () => {
  const config = join(root, "broken.toml");
  for (const [text, line, fault] of [
    ["[cache\n", 1, "Expected ']'"],
    ['[cache]\nexclude = [\n  "a",\n]\nkey_salt = "x\n', 5, "Unterminated string"],
    ["[cache]\nverify = 1\n\nverify = 2\n", 4, "Cannot redefine"],
    ["# text\n[cach]\nverify = 1\n", 2, "unknown `cach`"],
    ['local_max_size = "1GiB"\n', 1, "unknown `local_max_size`"],
  ] as const) {
    writeFileSync(config, text);
    const { stderr, exitCode } = run(["config", "--check"], { KACHE_CONFIG: config });
    expect(stderr).toStartWith(`warning: ${config}:${line}: ${fault}`);
    expect(exitCode).toBe(1);
  }
});

test("keys of [cc], and tables where values belong, are shown and told with their own lines", () => {
  const config = join(root, "tables.toml");
  const env = { KACHE_CONFIG: config };
  const lines = (text: string) => {
    writeFileSync(config, text);
    return run(["config"], env);
  };
  const both = lines(
    '[other]\nlocal_store = "x"\n[cc]\nextra_allowlist_flags = ["-fx"]\n[cc.extra_inputs]\na = 1\n' +
      '[cache]\nlocal_store = 3\n[cache.remote]\nbucket = "x"\n[cache.verify]\nx = 1\n[cache.foo]\n',
  );
  expect(both.stdout).toMatch(new RegExp(`extra_allowlist_flags +-fx +${config}:4\n`));
  expect(both.stdout).toMatch(/extra_inputs +\(none\) +default\n/);
  const told = both.stderr.trim().split("\n");
  const places = told.map((line) => line.replace(`warning: ${config}:`, "").slice(0, 20));
  expect(places).toEqual([
    "1: unknown `other`; ",
    "5: `extra_inputs` mu",
    "8: `local_store` mus",
    "11: `verify` must be",
    "13: unknown key `foo",
  ]);
  expect(lines('[[cache]]\nlocal_store = "x"\n').stderr).toBe(
    `warning: ${config}:1: \`cache\` must be a table: write [cache]\n`,
  );
  const dotted = lines('cache.exclude = [\n "a",\n "[z-a]",\n]\ncc = {extra_inputs = ["/b"]}\n');
  expect(dotted.stdout).toMatch(new RegExp(`exclude +a +${config}:1\n`));
  expect(dotted.stdout).toMatch(new RegExp(`extra_inputs +/b +${config}:5\n`));
  expect(dotted.stderr).toBe(`warning: ${config}:1: \`[z-a]\` is no pattern; it is ignored\n`);
  expect(run(["config"], { ...env, KACHE_EXCLUDE: "" }).stdout).toMatch(
    /exclude +\(none\) +KACHE_EXCLUDE\n/,
  );
  const { stdout } = run(["config", "--keys"]);
  expect(stdout).toMatch(/extra_inputs +strings +KACHE_CC_EXTRA_INPUTS/);
  expect(stdout).toContain("KACHE_LOG_FILE_PATH");
});

test("doctor tells what is wrong with the kache.toml of the package it is run in", () => {
  const crate = join(root, "declaring");
  mkdirSync(join(crate, "src"), { recursive: true });
  writeFileSync(join(crate, "Cargo.toml"), "");
  const file = join(crate, "kache.toml");
  const doctor = (text: string, cwd = join(crate, "src")) => {
    writeFileSync(file, text);
    return run(["doctor"], {}, cwd).stdout;
  };
  expect(doctor('extra_inputs = ["a",\n')).toContain(`✗ kache.toml     ${file}:1: Unterminated`);
  expect(doctor('\nextra_inputs = "a"\n')).toContain(`${file}:2: \`extra_inputs\` must be a list`);
  const settings = doctor("[cache]\n");
  expect(settings).toContain(`${file}:1: unknown \`cache\``);
  expect(settings).toContain("settings stand in .kache.toml");
  expect(doctor('extra_inputs = ["$KACHE_NOT_SET/x"]\n')).toContain(
    `${file}:1: \`$KACHE_NOT_SET/x`,
  );
  writeFileSync(join(crate, "a"), "");
  expect(doctor('extra_inputs = ["a", "b"]\n')).toContain(
    `✓ kache.toml     ${file}, 2 patterns, 1 file\n`,
  );
  rmSync(join(crate, "Cargo.toml"));
  expect(doctor("", crate)).toContain(`${file} is beside no Cargo.toml and has no effect`);
  rmSync(file);
  expect(run(["doctor"], {}, crate).stdout).not.toContain("kache.toml");
  writeFileSync(join(crate, "Cargo.toml"), "");
  const unreadable = `${file} cannot be read as a text`;
  writeFileSync(file, Uint8Array.of(0xff));
  expect(run(["doctor"], {}, crate).stdout).toContain(unreadable);
  rmSync(file);
  mkdirSync(file);
  expect(run(["doctor"], {}, crate).stdout).toContain(unreadable);
});

test("doctor tells of an engine directory that is no full path", () => {
  const { stdout } = run(["doctor"], { KACHE_ENGINE_DIR: "engines" });
  expect(stdout).toContain("✗ Engine         KACHE_ENGINE_DIR is engines, which is no full path");
});

test("init and doctor name the line of a malformed cargo configuration", () => {
  const cargo = join(root, "malformed-cargo");
  mkdirSync(cargo);
  const file = join(cargo, "config.toml");
  writeFileSync(file, "[build]\njobs =\n");
  const env = { CARGO_HOME: cargo };
  const { stderr, exitCode } = run(["init", "-y"], env);
  expect(stderr).toStartWith(`error: ${file}:2: `);
  expect(stderr).toContain("nothing was changed");
  expect(exitCode).toBe(1);
  expect(readFileSync(file, "utf8")).toBe("[build]\njobs =\n");
  expect(run(["doctor"], env).stdout).toContain(`✗ Cargo config   ${file}:2: `);
});

test("problems of the configuration are told with file and line", () => {
  const config = join(root, "bad.toml");
  writeFileSync(config, '[cache]\nlocal_max_size = "20GiB"\nlocal_max_sise = "x"\nexclude = "x"\n');
  const env = { KACHE_CONFIG: config, ...on(join(root, "none")) };
  const { stderr, exitCode } = run(["list"], env);
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`warning: ${config}:3: unknown key`);
  expect(stderr).toContain(`warning: ${config}:4: \`exclude\` must be a list`);
  expect(run(["config", "--check"], env).exitCode).toBe(1);
  expect(run(["doctor"], env).stdout).toContain(`${config}:3: unknown key`);
  const shown = run(["config"], { ...env, KACHE_CACHE_EXECUTABLES: "0" }).stdout;
  expect(shown).toMatch(new RegExp(`local_max_size +20\\.0 GiB +${config}:2\n`));
  expect(shown).toMatch(/cache_executables +false +KACHE_CACHE_EXECUTABLES\n/);
  expect(shown).toMatch(/incremental +strip +default\n/);
  expect(shown).toMatch(/exclude +\(none\) +default\n/);
  const refused = run(["config"], { ...env, KACHE_MAX_SIZE: "lots" });
  expect(refused.stdout).toMatch(new RegExp(`local_max_size +20\\.0 GiB +${config}:2\n`));
  expect(refused.stderr).toContain("warning: KACHE_MAX_SIZE: `lots` is not a size");
  expect(run(["config", "--check"], { KACHE_CONFIG: join(root, "none.toml") }).exitCode).toBe(0);
  expect(run(["config", "--keys"]).stdout).toContain("local_store");
});

test("variables that say neither yes nor no, patterns that mean nothing and a named file that cannot be read are told", () => {
  const config = join(root, "patterns.toml");
  writeFileSync(config, '[cache]\nexclude = ["src/[z-a].rs", "kept/*"]\n');
  const check = (env: Record<string, string>) => run(["config", "--check"], env);
  expect(check({ KACHE_OBSERVE: "maybe" }).stderr).toContain("KACHE_OBSERVE: `maybe` is neither");
  expect(check({ KACHE_CC_PATH_NORMALIZE: "2" }).exitCode).toBe(1);
  expect(check({ KACHE_CONFIG: config }).stderr).toContain("`src/[z-a].rs` is no pattern");
  expect(check({ KACHE_EXCLUDE: "[z-a]" }).stderr).toContain("KACHE_EXCLUDE: `[z-a]`");
  expect(check({ KACHE_CONFIG: root }).stderr).toContain(
    `warning: ${root}: cannot be read as a text (UTF-8) of up to 1 MiB; defaults apply`,
  );
  expect(run(["config"], { KACHE_CONFIG: config }).stdout).toMatch(/exclude +kept\/\* +/);
  // Scripts name the place where a file would be.
  const absent = join(root, "absent.toml");
  expect(check({ KACHE_CONFIG: absent }).exitCode).toBe(0);
  expect(run(["doctor"], { KACHE_CONFIG: absent }).stdout).toContain(
    `names ${absent}, which is not`,
  );
  for (const [value, shown] of [
    ["YES", "true"],
    ["off", "false"],
    ["x", "false"],
  ] as const) {
    const { stdout } = run(["config"], { KACHE_DISABLED: value });
    expect(stdout).toMatch(new RegExp(`KACHE_DISABLED +${shown} `));
  }
});

test("a file of settings that cannot be read as text is told, and the next one applies", () => {
  const here = join(root, "unreadable");
  mkdirSync(join(here, "in/.kache.toml"), { recursive: true });
  const above = join(here, ".kache.toml");
  writeFileSync(above, '[cache]\nkey_salt = "x"\n');
  const check = () => run(["config", "--check"], {}, join(here, "in"));
  const told = (path: string, then: string) =>
    `warning: ${path}: cannot be read as a text (UTF-8) of up to 1 MiB; ${then} until you may read it or it is gone\n`;
  expect(check()).toMatchObject({
    exitCode: 1,
    stderr: told(join(here, "in/.kache.toml"), `${above} applies`),
  });
  rmSync(join(here, "in/.kache.toml"), { recursive: true });
  expect(check().exitCode).toBe(0);
  writeFileSync(above, Uint8Array.of(...new TextEncoder().encode("# gr"), 0xfc, 0x0a));
  expect(check().stderr).toBe(told(above, "defaults apply"));
  expect(run(["doctor"], {}, here).stdout).toContain(`✗ Configuration  ${above}: cannot be read`);
});

test("texts that are set to nothing are not set, in a file as in a variable", () => {
  const config = join(root, "nothing.toml");
  writeFileSync(config, '[cache]\nlocal_store = ""\nfallback = ""\nkey_salt = ""\n');
  const { stdout } = run(["config"], { KACHE_CONFIG: config, KACHE_CACHE_DIR: "" });
  expect(stdout).toMatch(new RegExp(`local_store +${join(home, ".cache/kache")} +default\\n`));
  expect(stdout).toMatch(/fallback +\(none\) /);
  expect(stdout).toMatch(/key_salt +\(none\) /);
});

test("without HOME the user's directory is the one the system knows", () => {
  const { stdout } = run(["config"], { HOME: "", XDG_CACHE_HOME: "", KACHE_CACHE_DIR: "" });
  const { homedir } = userInfo();
  expect(stdout).toMatch(new RegExp(`local_store +${join(homedir, ".cache/kache")} `));
});
