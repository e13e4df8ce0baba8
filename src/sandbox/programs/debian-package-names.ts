/** How Debian and its kin name a server and pack it. */
export interface DebianPackageNames {
  packageName: string;
  /** Names the package has had in Debian's and Ubuntu's releases. */
  packagePattern: RegExp;
  /** The server inside the unpacked package. */
  programPath: string;
  /** True when Debian carries it in its unstable suite only. */
  inUnstable: boolean;
}
