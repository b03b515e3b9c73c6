// Dependency files that name a header by where links lead: one that a link led elsewhere to is not served.
import { setDefaultTimeout } from "bun:test";
import { link } from "../support/cc-places.ts";
import { BOTH_WAYS, type Case, testCases } from "../support/cc-twin.ts";
import { COMPILE } from "../support/cc-words.ts";
import { worldFor } from "../support/rig.ts";

setDefaultTimeout(60_000);

const world = worldFor("cc-deps-links");

const led: readonly Case[] = [
  ...["-MD", "-M"].map((rules): Case => {
    const [first, second] = [
      { disturb: link("../a", "far/away") },
      { disturb: link("../b", "far/away") },
    ];
    return {
      fact: `D30 ${rules} names a system header by where its links lead`,
      files: {
        "far/": "",
        "a/y.h": "#define Y 1\n",
        "b/y.h": "#define Y 1\n",
        "x.c": "#include <y.h>\nint x = Y;\n",
      },
      steps: [
        {
          args: (dir) => [
            rules,
            "-isystem",
            `${dir}/far/away`,
            ...(rules === "-M" ? ["x.c"] : COMPILE),
          ],
          ...first,
          outcome: "misses",
        },
        { ...first, fresh: true, outcome: "hits" },
        // clang names it as it was found.
        { ...second, fresh: true, outcome: /^(misses|hits)$/ },
        { ...first, fresh: true, outcome: "hits" },
      ],
    };
  }),
];

testCases(world, led, BOTH_WAYS);
