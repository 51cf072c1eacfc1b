// A browser's name and system from its user agent, well enough to recognize one's own.

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'], [/^curl\//, 'curl'],
];
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
];

/** `Firefox, Linux`; empty when nothing is recognized. */
export function device(agent: string | null): string {
  const name = (list: [RegExp, string][]) => list.find(([shape]) => shape.test(agent ?? ''))?.[1];
  return [name(BROWSERS), name(SYSTEMS)].filter(Boolean).join(', ');
}
