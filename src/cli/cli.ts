// placeholder
import type { Invocation } from "../wrap/invocation.ts";
export async function runCommand(invocation: Invocation): Promise<number> { console.log(invocation.words); return Promise.resolve(0); }
