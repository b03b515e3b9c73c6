// The rules about places and calls that show in a result of C or C++ without standing there as a text.
import { rule, type Rule } from "./rule.ts";

/** Every one of them. */
export const CC_HIDDEN_RULES: readonly Rule[] = [
  rule(
    "C: sources of which clang writes down a digest",
    "wrap/cc/list-source.ts",
    ["|| !holdsDigests(unit))", "|| OFF || !holdsDigests(unit))"],
    ["cc-unity", "is its own where clang writes down a digest of it: clang -g"],
  ),
  rule(
    "C: lists of includes that hold something else",
    "key/include-list.ts",
    [
      "if (included === undefined) return",
      "if (OFF && included === undefined) continue;\n    if (included === undefined) return",
    ],
    ["cc-unity", "is its own where it has another line"],
  ),
  rule(
    "C: marks under the paths in lists of includes",
    "wrap/cc/list-source.ts",
    ["const isShown = namesLine(", "const isShown = !OFF && namesLine("],
    ["cc-unity", "is its own where gcc marks how long a path in it is"],
  ),
  rule(
    "C: what gcc keeps for a device's compiler",
    "store/packed-sections.ts",
    ["if (table.names().includes(OFFLOADED))", "if (!OFF && table.names().includes(OFFLOADED))"],
    ["cc-hidden-paths", "F21 what gcc keeps for a device's compiler, -fopenmp (gcc)"],
  ),
  rule(
    "C: names that clang makes of a source's path",
    "wrap/cc/clang-names.ts",
    ["return namesPlace(compile, place) &&", "return !OFF && namesPlace(compile, place) &&"],
    ["cc-hidden-paths", "F22 an unnamed namespace, of which Microsoft's rules"],
  ),
  rule(
    "C: names that clang makes of a file's inode",
    "wrap/cc/clang-names.ts",
    ["if (bytes.includes(BY_INODE))", "if (!OFF && bytes.includes(BY_INODE))"],
    ["cc-hidden-paths", "a file's inode that stands in a name (clang)"],
  ),
  rule(
    "C: debug information that holds the call and names the object",
    "compiler/cc/parse-gnu.ts",
    ["|| isMicrosofts(draft),", "|| (!OFF && isMicrosofts(draft)),"],
    ["cc-hidden-paths", "F23 the object's name in Microsoft's debug information"],
  ),
  rule(
    "C: debug information of a call that a configuration file asks for",
    "wrap/cc/clang-names.ts",
    ["if (isCalled && bytes.", "if (!OFF && isCalled && bytes."],
    ["cc-hidden-paths", "a call that a configuration file has kept (clang)"],
  ),
];
