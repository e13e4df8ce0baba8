/**
 * What the option says that names a file with the password for the URL of `urlFlag`; `variable` is read where no file
 * is named.
 */
export function describePasswordFile(urlFlag: string, variable: string): string {
  return `read the password for ${urlFlag} from the first line of a file (default: $${variable})`;
}
