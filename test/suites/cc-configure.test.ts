// What configure compiles only to see what the compiler says: hundreds of texts under one name, and texts on
// standard output. Compiled once for two checkouts, as far as one source makes one result.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustSucceed } from "../support/pair.ts";
import { type Run, testUnless, worldFor } from "../support/rig.ts";
import { kache, missing } from "../support/toolchain.ts";

setDefaultTimeout(240_000);

const world = worldFor("cc-configure");

/** More than a manifest has sets for. */
const PROBES = 40;

const CONFIGURE = `AC_INIT([project], [1])
AC_CONFIG_HEADERS([config.h])
AC_PROG_CC
AC_PROG_CPP
${Array.from(
  { length: PROBES },
  (_, n) =>
    `AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stddef.h>]], [[int a@<:@${n + 1}@:>@; (void)a;]])], [AC_DEFINE([HAVE_${n}], [1], [probe])])`,
).join("\n")}
AC_CHECK_HEADERS([stdio.h no-such-header.h errno.h])
AC_CHECK_SIZEOF([long])
AC_EGREP_CPP([yes], [#ifdef __linux__
yes
#endif], [AC_DEFINE([ON_LINUX], [1], [probe])])
AC_CHECK_FUNCS([printf no_such_function])
AC_OUTPUT
`;

function outcomesOf({ events }: Run): Record<string, number> {
  const outcomes: Record<string, number> = {};
  for (const { result, not_stored: why } of events) {
    const name = why === undefined ? result : `${result}: ${why}`;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  return outcomes;
}

testUnless(
  missing("autoreconf") ?? missing("aclocal") ?? missing("make"),
  "configure of a second checkout compiles what links and nothing else",
  () => {
    const first = world.project("one/project", { "configure.ac": CONFIGURE });
    mustSucceed(world.run(["autoreconf"], { cwd: first }));
    const configure = readFileSync(join(first, "configure"));
    const second = world.project("other/at/another/depth/project", { configure });
    const build = (cwd: string) => {
      const env = { CC: `${kache} gcc` };
      const run = world.run(["sh", "./configure"], { cwd, env });
      mustSucceed(run);
      return { outcomes: outcomesOf(run), made: readFileSync(join(cwd, "config.h"), "utf8") };
    };
    writeFileSync(join(second, "config.h.in"), readFileSync(join(first, "config.h.in")));
    const [cold, warm] = [build(first), build(second)];
    expect(warm.made).toBe(cold.made);
    expect(warm.made).toContain(`#define HAVE_${PROBES - 1} 1`);
    const { error = 0, passthrough = 0, local_hit: hits = 0, miss = 0, dup = 0 } = cold.outcomes;
    expect(hits + miss + dup).toBeGreaterThan(PROBES);
    expect(error).toBe(0);
    expect(warm.outcomes).toEqual({ passthrough, local_hit: hits + miss + dup });
  },
);

describe("preprocessed text on standard output, in two checkouts", () => {
  const places = ["text/one", "text/deeper/two"] as const;
  const make = (name: string, header: (place: string) => string) =>
    places.map((place) =>
      world.project(`${name}/${place}`, {
        "x.c": '#include "x.h"\nchar text[] = TEXT;\n',
        "x.h": `#define TEXT ${header(world.path(name, place))}\n`,
      }),
    );
  const preprocess = (cwd: string, args: readonly string[]) => {
    const run = world.run([kache, "gcc", "-E", ...args], { cwd });
    const plain = world.run(["gcc", "-E", ...args], { cwd });
    expect([run.exitCode, run.stderr, run.stdout]).toEqual([0, "", plain.stdout]);
    return run.events.map(({ result }) => result).join();
  };

  test("is shared where it names neither", () => {
    const [one = "", two = ""] = make("shared", () => '"text"');
    expect(preprocess(one, ["x.c"])).toBe("miss");
    expect(preprocess(two, ["x.c"])).toBe("local_hit");
  });

  test("is each checkout's own where its line markers name it", () => {
    const [one = "", two = ""] = make("named", () => '"text"');
    expect(preprocess(one, [join(one, "x.c")])).toBe("miss");
    expect(preprocess(two, [join(two, "x.c")])).toMatch(/^(miss|dup)$/);
    expect(preprocess(one, [join(one, "x.c")])).toBe("local_hit");
  });

  test("keeps a path that stands in a header, whoever's it is", () => {
    const [first] = places;
    const [one = "", two = ""] = make("quoted", () => `"${world.path("quoted", first)}/data"`);
    expect(preprocess(one, ["-P", "x.c"])).toBe("miss");
    expect(preprocess(two, ["-P", "x.c"])).toMatch(/^(miss|dup)$/);
    expect(preprocess(two, ["-P", "x.c"])).toMatch("local_hit");
  });
});
