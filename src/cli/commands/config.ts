// placeholder
export function run(): number { return 0; }
