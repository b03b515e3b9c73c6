import { expect, test } from "bun:test";
import { withoutSecrets } from "./secret.ts";

const ROWS: readonly (readonly [name: string, value: string, shown: string])[] = [
  ["env API_TOKEN", "hunter2", "(masked)"],
  ["env MYSQL_PWD", "hunter2", "(masked)"],
  ["env DB_PASS", "hunter2", "(masked)"],
  ["env HTTP_AUTHORIZATION", "Basic aHVudGVyMg==", "(masked)"],
  ["env PWD", "/project", "/project"],
  ["env CARGO_PKG_AUTHORS", "somebody", "somebody"],
  ["env GIT_AUTHOR_NAME", "somebody", "somebody"],
  ["-D", "API_KEY=hunter2", "API_KEY=(masked)"],
  ["-D", "COLOUR=red", "COLOUR=red"],
  ["env DATABASE_URL", "postgres://me:hunter2@host/data", "postgres://(masked)@host/data"],
  ["env ORIGIN", "https://hunter2@host/x.git", "https://(masked)@host/x.git"],
  ["env ORIGIN", "ssh://git@host/x.git", "ssh://git@host/x.git"],
  ["env PAGE", "https://host/somebody@elsewhere", "https://host/somebody@elsewhere"],
];

for (const [name, value, shown] of ROWS) {
  test(`${name}=${value} is shown as ${shown}`, () => {
    expect(withoutSecrets(name, value)).toBe(shown);
  });
}
