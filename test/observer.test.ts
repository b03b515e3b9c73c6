// The preloaded observer with real programs: every watched family, every way to start a child, and
// real compilers; always that the watched program notices nothing. Linux with a C compiler only.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createObserverLog, decodeObserverLog } from "../src/observe/observer-log.ts";
import { foldObservation } from "../src/observe/observation.ts";
import {
  buildAll,
  library,
  native,
  plainEnvironment,
  plainRun,
  removeRoot,
  root,
  run,
  unsupported,
  unusableBecause,
  usable,
} from "./support/observer-rig.ts";
import { describeUnless, testUnless } from "./support/rig.ts";
import { missing, realRustc } from "./support/toolchain.ts";

setDefaultTimeout(120_000);

/** A directory with the files that native/test/families.c asks for. */
function familyTree(name: string): string {
  const tree = join(root, name);
  const files = "open open64 openat openat64 open_2 fopen fopen64 freopen syscall-openat kept";
  const more = "truncated stat stat64 link fstatat statx access faccessat euidaccess readlink";
  const last = "readlinkat realpath canonicalize syscall-statx linked unlinked";
  mkdirSync(join(tree, "in"), { recursive: true });
  for (const file of `${files} ${more} ${last}`.split(" ")) {
    writeFileSync(join(tree, "in", file), "content");
  }
  for (const list of ["opendir", "fdopendir", "scandir", "scandirat"]) {
    mkdirSync(join(tree, `list-${list}`));
  }
  mkdirSync(join(tree, "elsewhere"));
  writeFileSync(join(tree, "elsewhere", "after-chdir"), "content");
  return tree;
}

/** The last components of the paths below a directory, sorted. */
function below(paths: Iterable<string>, directory: string): string[] {
  const prefix = `${directory}/`;
  return [...paths]
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
    .sort();
}

beforeAll(() => {
  if (unsupported === undefined) buildAll();
});

afterAll(removeRoot);

describeUnless(unsupported, "watched families", () => {
  const families = join(root, "families");

  test("every spelling of open for reading is seen, with absences", () => {
    const cwd = familyTree("opens");
    const seen = usable(run([families, "opens"], { cwd }));
    const names = "fopen fopen64 freopen open open64 open_2 openat openat64 syscall-openat";
    expect(below(seen.reads.keys(), join(cwd, "in"))).toEqual(names.split(" "));
    expect(below(seen.absent.keys(), join(cwd, "in"))).toEqual(["missing", "open/below-a-file"]);
    expect(seen.specialReads.has("/dev/null")).toBe(true);
    expect(seen.presentOnly.get(join(cwd, "in"))?.kind).toBe("directory");
    expect([...(seen.reads.get(join(cwd, "in", "open")) ?? [])]).toEqual([families]);
  });

  test("what is written first is no input; content that is kept may be one", () => {
    const cwd = familyTree("writes");
    const seen = usable(run([families, "writes"], { cwd }));
    const written = "in/kept in/made-openat in/truncated made-append made-creat made-fopen";
    expect(below(seen.written, cwd)).toEqual([...written.split(" "), "made-open"]);
    expect(below(seen.reads.keys(), cwd)).toEqual([]);
    expect(below(seen.updated.keys(), cwd)).toEqual(["in/kept"]);
  });

  test("every spelling of a question is seen", () => {
    const cwd = familyTree("probes");
    const seen = usable(run([families, "probes"], { cwd }));
    const names = "access canonicalize euidaccess faccessat fstatat link readlink readlinkat";
    const rest = "realpath stat stat64 statx syscall-statx";
    const found = below(seen.presentOnly.keys(), join(cwd, "in"));
    expect(found).toEqual(`${names} ${rest}`.split(" "));
    expect(below(seen.absent.keys(), join(cwd, "in"))).toEqual(["access-missing", "stat-missing"]);
  });

  test("listings are seen", () => {
    const cwd = familyTree("lists");
    const seen = usable(run([families, "lists"], { cwd }));
    const listed = below(seen.directoriesListed.keys(), cwd);
    const names = ["in/../list-scandirat", "list-fdopendir", "list-opendir", "list-scandir"];
    expect(listed).toEqual(names);
    expect(below(seen.absent.keys(), cwd)).toEqual(["list-missing"]);
  });

  test("what the run makes is its own, also below its directories and after a rename", () => {
    const cwd = familyTree("changes");
    const observed = run([families, "changes"], { cwd });
    const seen = usable(observed);
    const [directory = "", file = ""] = observed.stdout.split("\n");
    for (const name of ["made-dir", "renamed-dir", "made-link", "made-symlink", directory, file]) {
      expect(seen.written.has(join(cwd, name))).toBe(true);
    }
    expect(seen.written.has(join(cwd, "in", "unlinked"))).toBe(true);
    const reads = below(seen.reads.keys(), cwd);
    expect(reads).toEqual(["elsewhere/after-chdir", "in/linked", "made-symlink"]);
    expect(below(seen.absent.keys(), cwd)).toEqual([]);
  });

  test("variables are seen once, with their answer, also those of the locale", () => {
    const cwd = familyTree("environment");
    const observed = run([families, "environment"], { cwd, env: { FAMILY_SET: "1" } });
    const { envReads } = usable(observed);
    expect(envReads.get("FAMILY_SET")).toEqual({
      set: true,
      programs: new Set(["families"]),
      libraries: new Set(),
    });
    expect(envReads.get("FAMILY_UNSET")?.set).toBe(false);
    expect(envReads.get("LC_ALL")?.set).toBe(false);
    expect(envReads.has("KACHE_OBSERVE_LOG") || envReads.has("LD_PRELOAD")).toBe(false);
    const count = observed.log.ok ? observed.log.events.length : 0;
    expect(count).toBeLessThan(30);
  });

  const network = ["sendto", "sendmsg", "sendmmsg", "syscall-sendto", "bind", "getaddrinfo"];

  test.each(["system", "popen", "glob", "ftw", "io_uring", ...network])(
    "%s makes the run unusable, unchanged",
    (name) => {
      const observed = run([families, name], { cwd: familyTree(`opaque-${name}`) });
      expect(observed.exitCode).toBe(0);
      expect(unusableBecause(observed)).toBe("unwatchable");
    },
  );
});

describeUnless(unsupported, "children", () => {
  const starts = join(root, "starts");
  const forms = "execve execv execvp execvpe execl execlp execle fexecve execveat syscall cleared";

  test.each([...forms.split(" "), "vfork", "posix_spawn", "posix_spawnp"])("%s", (form) => {
    writeFileSync(join(root, "eaten"), "content\n");
    const path = form.startsWith("execvp") || form.endsWith("p") ? "cat" : "/bin/cat";
    const observed = run([starts, form, path, join(root, "eaten")]);
    expect(observed.stdout).toBe("content\n");
    const seen = usable(observed);
    expect(seen.processes.map(({ exe }) => basename(exe))).toEqual(["starts", "cat"]);
    expect(seen.reads.has(join(root, "eaten"))).toBe(true);
    expect([...seen.executed.keys()].map((exe) => basename(exe))).toEqual(["cat"]);
  });

  test("a failed start leaves an absence and a usable observation", () => {
    const observed = run([starts, "execv", join(root, "no-program")]);
    expect(observed.exitCode).toBe(127);
    expect(usable(observed).absent.has(join(root, "no-program"))).toBe(true);
    expect(usable(run([starts, "posix_spawn", join(root, "no-program")])).executed.size).toBe(0);
  });

  test("a script is followed into its interpreter", () => {
    const script = join(root, "script");
    writeFileSync(script, "#! /bin/sh\ncat eaten\n");
    chmodSync(script, 0o755);
    writeFileSync(join(root, "eaten"), "content\n");
    for (const form of ["execv", "posix_spawn"]) {
      const seen = usable(run([starts, form, script]));
      expect(seen.executed.has(script)).toBe(true);
      expect(seen.reads.has(script) && seen.reads.has(join(root, "eaten"))).toBe(true);
      expect(seen.processes.length).toBe(3);
    }
  });

  test("a static child makes the run unusable and gets nothing of ours", () => {
    const observed = run([starts, "execv", join(root, "static")]);
    expect(observed.exitCode).toBe(0);
    expect(observed.observation).toMatchObject({ reason: "unwatchable" });
    expect(unusableBecause(run([join(root, "static")]))).toBe("root-not-observed");
  });

  test("a Go program, which goes past libc, makes the run unusable", () => {
    expect(unusableBecause(run([starts, "execv", join(root, "go-note")]))).toBe("unwatchable");
    expect(unusableBecause(run([join(root, "go-note")]))).toBe("unwatchable");
  });

  test("the places a search goes through in vain are absences", () => {
    mkdirSync(join(root, "empty-bin"));
    const env = { PATH: `${join(root, "empty-bin")}:/usr/bin:/bin` };
    for (const form of ["execvp", "posix_spawnp"]) {
      const seen = usable(run([starts, form, "true"], { env }));
      expect(seen.absent.has(join(root, "empty-bin", "true"))).toBe(true);
    }
  });

  test("an environment of thousands of variables is handed on", () => {
    const env = Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`MANY_${at}`, "x"]));
    const command = [starts, "execv", "/usr/bin/env"];
    const watched = run(command, { env });
    expect(usable(watched).processes.length).toBe(2);
    expect(watched.stdout).toBe(plainRun(command, { env }).stdout);
  });

  test("programs see the same environment as without the observer, in the same order", () => {
    const env = { A_FIRST: "1", Z_LAST: "2" };
    const cwd = familyTree("environment-of-child");
    for (const command of [["env"], [starts, "execv", "/usr/bin/env"], ["sh", "-c", "env; env"]]) {
      for (const preload of [
        {},
        { userPreload: join(root, "preloaded.so") },
        { userPreload: "" },
      ]) {
        const options = { env, ...preload, cwd };
        const watched = run(command, options);
        expect(usable(watched).processes.length).toBeGreaterThan(0);
        expect({ ...watched, log: 0, observation: 0, signalCode: 0 }).toMatchObject(
          plainRun(command, options),
        );
      }
    }
  });
});

describeUnless(unsupported, "the log", () => {
  const threads = join(root, "threads");

  test("holds every event of eight threads", () => {
    const observed = run([threads]);
    const seen = usable(observed);
    expect(seen.absent.size).toBe(80_000);
  });

  test("of a killed program is decodable, or says that it is torn", () => {
    const observed = run([threads, "die"]);
    expect(observed.signalCode).toBe("SIGKILL");
    expect(observed.log.ok ? "decoded" : observed.log.reason).toMatch(/^(decoded|torn)$/);
    const alone = run(["sh", "-c", "cat families; kill -9 $$"]);
    expect(alone.log.ok).toBe(true);
  });

  test("that is too small is flagged, and the program notices nothing", () => {
    const observed = run([threads], { capacityBytes: 4096 });
    expect(observed.exitCode).toBe(0);
    expect(observed.log).toEqual({ ok: false, reason: "overflow" });
  });

  test("that is missing or garbage leaves the library inert", () => {
    writeFileSync(join(root, "garbage"), "x".repeat(4096));
    for (const file of [undefined, join(root, "none"), join(root, "garbage"), "relative"]) {
      const log = file === undefined ? {} : { KACHE_OBSERVE_LOG: file };
      const env = { ...plainEnvironment, ...log, LD_PRELOAD: library };
      const child = Bun.spawnSync(["cat", join(root, "garbage")], { env, cwd: root });
      expect([child.exitCode, child.stdout.length, child.stderr.length]).toEqual([0, 4096, 0]);
    }
  });

  test("decoder refuses damage instead of guessing", () => {
    const empty = createObserverLog(4096);
    expect(decodeObserverLog(empty)).toEqual({ ok: true, events: [] });
    expect(decodeObserverLog(empty.subarray(0, 63))).toEqual({ ok: false, reason: "too-short" });
    const bytes = new Uint8Array(4096);
    expect(decodeObserverLog(bytes)).toEqual({ ok: false, reason: "bad-magic" });
    bytes.set(empty);
    const view = new DataView(bytes.buffer);
    view.setUint32(16, 64 + 32, true);
    expect(decodeObserverLog(bytes)).toEqual({ ok: false, reason: "torn" });
    for (const length of [1, 24, 31, 40, 0x80000020, 0xffffffff]) {
      view.setUint32(64, length, true);
      expect(decodeObserverLog(bytes)).toEqual({ ok: false, reason: "torn" });
    }
    view.setUint32(64, 32, true);
    bytes.set([2, 1], 68);
    bytes.set([0x2f, 0xff], 88);
    const decoded = decodeObserverLog(bytes);
    expect(decoded).toMatchObject({ ok: true, events: [{ kind: "undecodable" }] });
    expect(foldObservation(decoded, 0)).toMatchObject({ reason: "undecodable-record" });
  });
});

describeUnless(unsupported, "C compilers", () => {
  for (const compiler of ["gcc", "clang"])
    testUnless(
      missing(compiler),
      `${compiler}: headers found, and the places looked in before`,
      () => {
        const cwd = join(root, `headers-${compiler}`);
        for (const directory of ["a", "b"]) mkdirSync(join(cwd, directory), { recursive: true });
        writeFileSync(join(cwd, "b", "h.h"), "int h;\n");
        const source = '#include <h.h>\n#if __has_include("zz.h")\n#error zz\n#endif\n';
        writeFileSync(join(cwd, "x.c"), source);
        const observed = run([compiler, "-Ia", "-Inodir", "-Ib", "-c", "x.c"], { cwd });
        expect([observed.exitCode, observed.stderr]).toEqual([0, ""]);
        const seen = usable(observed);
        expect(seen.reads.has(join(cwd, "b", "h.h"))).toBe(true);
        for (const absent of ["a/h.h", "zz.h", "a/zz.h", "b/zz.h", "nodir"]) {
          expect(seen.absent.has(join(cwd, absent))).toBe(true);
        }
        expect(seen.written.has(join(cwd, "x.o"))).toBe(true);
      },
    );
});

describeUnless(unsupported ?? missing("rustc"), "rustc", () => {
  const rust = join(root, "rust");

  beforeAll(() => {
    cpSync(join(native, "test", "rust"), rust, { recursive: true });
    mkdirSync(join(rust, "assets"));
    writeFileSync(join(rust, "assets", "eaten.txt"), "content");
    plainRun([realRustc, "--crate-type", "proc-macro", "--edition", "2021", "asks.rs"], {
      cwd: rust,
    });
  });

  test("what a macro reads, lists, misses, asks and starts is seen", () => {
    const command = [realRustc, "--edition=2021", "--crate-type=lib", "--extern=asks=libasks.so"];
    const observed = run([...command, "asked.rs"], { cwd: rust, env: { ASKED_VARIABLE: "1" } });
    expect(observed.exitCode).toBe(0);
    const seen = usable(observed);
    expect(seen.reads.has(join(rust, "assets", "eaten.txt"))).toBe(true);
    expect(seen.directoriesListed.has(join(rust, "assets"))).toBe(true);
    expect(seen.absent.has(join(rust, "missing.txt"))).toBe(true);
    expect(seen.envReads.get("ASKED_VARIABLE")).toMatchObject({ set: true });
    const eaters = [...(seen.reads.get(join(rust, "asked.rs")) ?? [])].map((exe) => basename(exe));
    expect(eaters.sort()).toEqual(["cat", "rustc"]);
    expect([...seen.loaded.keys()]).toContain(join(rust, "libasks.so"));
    expect([...seen.unended]).toEqual([]);
    expect(seen.written.has(join(rust, "libasked.rlib"))).toBe(true);
  });

  test.each(["default", "bfd"])("a link with the %s linker is seen whole", (linker) => {
    const flags = linker === "default" ? [] : ["-Clink-arg=-fuse-ld=bfd"];
    const command = [
      realRustc,
      "--edition=2021",
      ...flags,
      "-o",
      `program-${linker}`,
      "program.rs",
    ];
    const observed = run(command, { cwd: rust });
    expect([observed.exitCode, observed.stderr]).toEqual([0, ""]);
    const seen = usable(observed);
    const names = [...seen.reads.keys()].map((path) => basename(path));
    for (const name of ["libc.so.6", "crti.o", "Scrt1.o", "program.rs"]) {
      expect(names).toContain(name);
    }
    expect(names.some((name) => /^libstd-.*\.rlib$/.test(name))).toBe(true);
    expect(seen.written.has(join(rust, `program-${linker}`))).toBe(true);
    expect(plainRun([join(rust, `program-${linker}`)]).stdout).toBe("hello\n");
  });

  test("diagnostics and bytes are those of an unwatched run", () => {
    const command = [realRustc, "--edition=2021", "--crate-type=lib", "warns.rs"];
    const plain = plainRun(command, { cwd: rust });
    const bytes = readFileSync(join(rust, "libwarns.rlib"));
    const { stdout, stderr, exitCode } = run(command, { cwd: rust });
    expect({ stdout, stderr, exitCode }).toEqual(plain);
    expect(readFileSync(join(rust, "libwarns.rlib")).equals(bytes)).toBe(true);
  });
});
