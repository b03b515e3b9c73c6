// The cache behind C compiles in every state of health: damaged, unwritable, full, shared, busy. The
// object is made, it is the compiler's, and nothing is said.
import { describe, setDefaultTimeout } from "bun:test";
import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asNobody, cannotMount } from "../support/around.ts";
import { type Case, type Outcome, served, testCases, unserved } from "../support/cc-twin.ts";
import { COMPILE, GNU } from "../support/cc-words.ts";
import { cutInHalf, flipByte } from "../support/damage.ts";
import { worldFor } from "../support/rig.ts";
import { missing } from "../support/toolchain.ts";
import { filesBelow } from "../support/tree.ts";

setDefaultTimeout(120_000);

const world = worldFor("cc-health");
// Other users must be able to get in.
chmodSync(world.dir, 0o755);

describe("cache directories that LD_PRELOAD cannot name", () => {
  const home = world.path("home of its own");
  const own = world.path("plain-home");
  for (const dir of [home, own]) mkdirSync(dir);
  testCases(
    world,
    [" a space", ":a colon", "$a dollar"].map((name): Case => {
      const wrappedEnv = { KACHE_CACHE_DIR: world.path(`cache${name}`), HOME: own };
      const steps = served(COMPILE).map((step) => ({ ...step, wrappedEnv }));
      return { fact: `${name}: served all the same`, compilers: GNU, steps };
    }),
  );
  testCases(world, [
    {
      fact: "nor the home directory: nothing is said",
      compilers: GNU,
      steps: [
        {
          args: COMPILE,
          wrappedEnv: { KACHE_CACHE_DIR: world.path("cache and home"), HOME: home },
          outcome: /^(misses|not stored: .*)$/,
        },
      ],
    },
  ]);
});

let caches = 0;
/** A cache directory that no other case uses. */
function ownCache(): string {
  caches += 1;
  return world.path(`cache-${caches}`);
}

const withoutMounts = cannotMount();

/** Runs a script with a full file system below `out`. */
const onFull = (script: string) => (words: readonly string[]) => {
  const fill = "dd if=/dev/zero of=out/fill bs=4k count=1 2>/dev/null";
  const whole = `mount -t tmpfs -o size=4k none out && ${fill}; ${script}`;
  return ["unshare", "-m", "sh", "-c", whole, "sh", ...words];
};

function mounted(command: string) {
  return (words: readonly string[]): string[] => [
    "unshare",
    "-m",
    "sh",
    "-c",
    `${command} && exec "$@"`,
    "sh",
    ...words,
  ];
}

function each(cache: string, pattern: RegExp, harm: (path: string) => void) {
  return (): void => {
    for (const name of filesBelow(cache)) {
      if (pattern.test(name)) harm(join(cache, name));
    }
  };
}

function empty(path: string): void {
  chmodSync(path, 0o644);
  truncateSync(path, 0);
}

function garble(path: string): void {
  writeFileSync(path, "garbage \0 {");
}

const ENTRY = /^store\/[0-9a-f]{64}\//;
const BLOB = /^store\/blobs\//;
const MANIFEST = /^manifests\//;

/** What was stored is harmed: the compiler runs again, or the harm does not matter; then it is well again. */
function harmed(
  fact: string,
  pattern: RegExp,
  harm: (path: string) => void,
  outcome: Outcome = "misses",
): Case {
  const cache = ownCache();
  return {
    fact,
    compilers: GNU,
    env: { KACHE_CACHE_DIR: cache },
    steps: [
      ...served(["-MD", ...COMPILE]),
      { disturb: each(cache, pattern, harm), fresh: true, outcome },
      { fresh: true, outcome: "hits" },
    ],
  };
}

const damage: readonly Case[] = [
  harmed("J1 a bit of every stored file is flipped", BLOB, flipByte),
  harmed("J1 a bit of every entry is flipped", ENTRY, flipByte, /^(hits|misses)$/),
  harmed("J2 every stored file is cut in half", BLOB, cutInHalf),
  harmed("J2 every stored file is emptied", BLOB, empty),
  harmed("J2 every stored file is gone", BLOB, rmSync),
  harmed("J2 every entry is cut in half", ENTRY, cutInHalf, /^(hits|misses)$/),
  harmed("J2 every entry is emptied", ENTRY, empty, /^(hits|misses)$/),
  harmed("J3 every manifest is garbage", MANIFEST, garble, /^(hits|misses)$/),
  harmed("J3 a bit of every manifest is flipped", MANIFEST, flipByte, /^(hits|misses)$/),
  harmed("J3 every manifest is emptied", MANIFEST, empty, /^(hits|misses)$/),
  harmed(
    "J4 entries of another format",
    ENTRY,
    (path) => {
      writeFileSync(path, '{"schema":999999}\n');
    },
    /^(hits|misses)$/,
  ),
  harmed("everything in the cache is garbage", /./, garble, /^(misses|no event)$/),
  harmed("every file of the cache is cut in half", /./, cutInHalf, /^(misses|no event)$/),
];

const unusable: readonly Case[] = [
  {
    fact: "J6 a cache directory on a read-only file system",
    skip: withoutMounts,
    steps: unserved(COMPILE, /^no event$/, {
      around: mounted(
        `mkdir -p ${world.path("ro")} && mount -t tmpfs -o ro none ${world.path("ro")}`,
      ),
      wrappedEnv: { KACHE_CACHE_DIR: world.path("ro") },
    }),
  },
  {
    fact: "J6 a cache directory that the caller may not write",
    skip: process.getuid?.() === 0 ? missing("setpriv") : undefined,
    steps: unserved(["-c", "x.c", "-o", "out/x.o"], /^no event$/, {
      disturb: (dir) => {
        mkdirSync(join(dir, "out"), { recursive: true });
        chmodSync(join(dir, "out"), 0o777);
        mkdirSync(world.path("locked"), { recursive: true, mode: 0o555 });
      },
      around: asNobody,
      wrappedEnv: { KACHE_CACHE_DIR: world.path("locked") },
    }),
  },
  {
    fact: "J6 a directory along PATH that the caller may not look into",
    skip: process.getuid?.() === 0 ? missing("setpriv") : undefined,
    steps: [
      { args: ["-c", "x.c", "-o", "out/x.o"], outcome: "misses" as const },
      { outcome: "hits" as const },
    ].map((step) => ({
      ...step,
      disturb: (dir) => {
        mkdirSync(join(dir, "out"), { recursive: true });
        chmodSync(join(dir, "out"), 0o777);
        for (const name of ["nobodys", "secret"]) mkdirSync(world.path(name), { recursive: true });
        chmodSync(world.path("nobodys"), 0o777);
        chmodSync(world.path("secret"), 0o700);
      },
      around: asNobody,
      env: { PATH: `${world.path("secret")}:${process.env["PATH"]}` },
      wrappedEnv: { KACHE_CACHE_DIR: world.path("nobodys") },
    })),
  },
  ...[
    ["J6 a cache directory that cannot be made", "/proc/no/such/place"],
    ["J9 a cache directory that is a file", "/etc/hostname"],
    ["J9 a cache directory that is a device", "/dev/null"],
  ].map(([fact = "", path = ""]): Case => ({
    fact,
    steps: unserved(COMPILE, /^no event$/, { wrappedEnv: { KACHE_CACHE_DIR: path } }),
  })),
  ...["16k", "64k", "256k", "1m"].map((size): Case => {
    const cache = world.path(`full-${size}`);
    return {
      fact: `J10 a file system of ${size} that is full`,
      skip: withoutMounts,
      steps: unserved(["-MD", ...COMPILE], /^no event$/, {
        around: mounted(
          `mkdir -p ${cache} && mount -t tmpfs -o size=${size} none ${cache} && { dd if=/dev/zero of=${cache}/fill bs=4k 2>/dev/null; true; }`,
        ),
        wrappedEnv: { KACHE_CACHE_DIR: cache },
      }),
    };
  }),
  {
    fact: "J10 a file system without free inodes",
    skip: withoutMounts,
    steps: unserved(COMPILE, /^no event$/, {
      around: mounted(
        `mkdir -p ${world.path("inodes")} && mount -t tmpfs -o nr_inodes=3 none ${world.path("inodes")}`,
      ),
      wrappedEnv: { KACHE_CACHE_DIR: world.path("inodes") },
    }),
  },
  ...(
    [
      ["absent", "mount -t tmpfs none /dev"],
      ["read-only", "mount -t tmpfs -o ro none /dev/shm"],
      ["full", "mount -t tmpfs -o size=4k none /dev/shm && printf x > /dev/shm/fill"],
    ] as const
  ).map(([how, mount]): Case => ({
    fact: `a directory for files in memory that is ${how} is done without`,
    skip: withoutMounts,
    steps: served(COMPILE, {
      // Another mount namespace has another engine, and none before this call.
      around: mounted(mount),
      wrappedEnv: { KACHE_CACHE_DIR: world.path(`no-memory-${how}`) },
    }),
  })),
  {
    fact: "J11 a full file system for the object is the compiler's error",
    skip: withoutMounts,
    files: { "out/": "" },
    steps: [
      ...served(COMPILE),
      {
        args: ["-c", "x.c", "-o", "out/x.o"],
        around: onFull('"$@" 2>/dev/null'),
        outcome: "fails",
      },
      { args: ["-E", "x.c"], fresh: true, outcome: "misses" },
      { around: onFull('"$@" >out/f 2>/dev/null'), outcome: /^passes: nobody reads/ },
    ],
  },
  {
    fact: "J12 no home",
    steps: served(COMPILE, {
      env: { HOME: undefined, XDG_CACHE_HOME: undefined, XDG_CONFIG_HOME: undefined },
    }),
  },
  {
    fact: "J12 no home and no cache directory",
    steps: unserved(COMPILE, /^no event$/, {
      env: { HOME: undefined, XDG_CACHE_HOME: undefined },
      wrappedEnv: { KACHE_CACHE_DIR: undefined },
    }),
  },
  {
    fact: "J12 a temporary directory that is not there",
    steps: served(COMPILE, { env: { TMPDIR: "/nonexistent" } }),
  },
  {
    fact: "J12 a temporary directory that is a file",
    steps: served(COMPILE, { env: { TMPDIR: "/etc/hostname" } }),
  },
  ...[
    ["gcc", /^not stored: .* could not be looked at$/] as const,
    ["clang", "misses"] as const,
  ].map(([compiler, outcome]): Case => ({
    fact: "J12 a temporary directory that cannot be written to",
    compilers: [compiler],
    skip: withoutMounts,
    steps: [
      {
        args: COMPILE,
        env: { TMPDIR: world.path("read-only") },
        around: mounted(
          `mkdir -p ${world.path("read-only")} && mount -t tmpfs -o ro none ${world.path("read-only")}`,
        ),
        outcome,
      },
    ],
  })),
  {
    fact: "J25 switched off by a variable",
    steps: unserved(COMPILE, /^no event$/, { wrappedEnv: { KACHE_DISABLED: "1" } }),
  },
  {
    fact: "J25 switched off by a comment in the source",
    steps: [],
    skip: "there is no such comment",
  },
  {
    fact: "J26 compiling anew what is stored",
    steps: [],
    skip: "there is no such switch: kache purge does it",
  },
  {
    fact: "J27 extra inputs of the settings",
    files: { "rules.txt": "1", "tables/a": "1" },
    env: { KACHE_CC_EXTRA_INPUTS: "rules.txt:tables:gone" },
    steps: [
      ...served(COMPILE),
      ...["rules.txt", "tables/a", "tables/b", "gone"].map((name) => ({
        edit: { [name]: "2" },
        outcome: "misses" as const,
      })),
      {
        edit: { "rules.txt": "1", "tables/a": "1", "tables/b": undefined, gone: undefined },
        outcome: "hits",
      },
      { env: { KACHE_CC_EXTRA_INPUTS: undefined }, outcome: "misses" },
    ],
  },
  {
    fact: "J27 extra inputs of a crate's C",
    files: { "Cargo.toml": "", "kache.toml": 'extra_inputs = ["rules.txt"]\n', "rules.txt": "1" },
    steps: [
      ...served(COMPILE),
      { edit: { "rules.txt": "2" }, outcome: "misses" },
      { edit: { "rules.txt": "1" }, outcome: "hits" },
    ],
  },
  ...['[cache]\nobserve = "perhaps"\n', "[cache]\nno_such_setting = 1\n", "[[[ not toml"].map(
    (text): Case => ({
      fact: `J28 the settings ${JSON.stringify(text)}`,
      compilers: GNU,
      files: { "k.toml": text },
      steps: [
        { args: COMPILE, env: { KACHE_CONFIG: "k.toml" }, outcome: "misses" },
        { env: { KACHE_CONFIG: "k.toml" }, outcome: "hits" },
      ],
    }),
  ),
  {
    fact: "J28 a bad switch in a variable",
    compilers: GNU,
    steps: served(COMPILE, { wrappedEnv: { KACHE_VERIFY_RESTORES: "perhaps" } }),
  },
  {
    fact: "J29 settings of a project that run commands",
    steps: [],
    skip: "a project's file cannot name a program: cargo-wrappers.test.ts",
  },
  {
    fact: "J7 a cache that became read-only still serves",
    compilers: GNU,
    skip: withoutMounts,
    env: { KACHE_CACHE_DIR: world.path("became") },
    steps: [
      ...served(COMPILE),
      {
        fresh: true,
        around: mounted(
          `mkdir -p ${world.path("became")} && mount --bind ${world.path("became")} ${world.path("became")} && mount -o remount,ro,bind ${world.path("became")}`,
        ),
        outcome: /^no event$/,
      },
    ],
  },
  {
    fact: "J8 a read-only mode",
    steps: [],
    skip: "there is no such mode: J7 has the read-only file system",
  },
  {
    fact: "J13 J14 J15 J16 limits, ages and left-over files",
    steps: [],
    skip: "nothing of it depends on the language: src/store/evict.test.ts and sweep.test.ts",
  },
  {
    fact: "J21 a store on a network file system",
    steps: [],
    skip: "no such file system here: other-machine.test.ts has an overlay",
  },
  { fact: "J22 J23 a daemon", steps: [], skip: "engine.test.ts and engine-faults.test.ts have it" },
  {
    fact: "J24 a clock that jumps back",
    steps: [],
    skip: "the clock cannot be set here; E14 has files from the future",
  },
];

describe("damage", () => {
  testCases(world, damage);
});
describe("a cache that cannot be used, and settings", () => {
  testCases(world, unusable);
});
