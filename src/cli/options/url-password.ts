/**
 * The description of an option that names a file with the password for the URL of `urlFlag`. When no file is named,
 * `variable` is read.
 */
export function describePasswordFile(urlFlag: string, variable: string): string {
  return `read the password for ${urlFlag} from the first line of a file (default: $${variable})`;
}
