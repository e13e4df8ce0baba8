/** The names of a server's package on Debian and related systems. */
export interface DebianPackageNames {
  packageName: string;
  /** Names of the package in Debian's and Ubuntu's releases. */
  packagePattern: RegExp;
  /** The server's path in the unpacked package. */
  programPath: string;
  /** True when Debian has it only in its unstable suite. */
  inUnstable: boolean;
}
