/** A mail to one person, plain text. */
export interface Mail {
  /** One plain address, `guest@example.test`. */
  to: string;
  /** An address, alone or as `Name <address>`. */
  from: string;
  subject: string;
  text: string;
  /**
   * `<left@right>`, the same whenever the same mail is sent again: what a reader can tell duplicates by. @source RFC
   * 5322, 3.6.4.
   */
  messageId: string;
  /** Further headers, one line each. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** What takes mails to their readers. */
export interface Mailer {
  /**
   * Resolves once the mail is in somebody else's hands. At least once: when it rejects, or the process ends meanwhile,
   * the mail may be out all the same.
   *
   * @throws `MAIL_FAILED`; not retriable when this mail will never be taken.
   */
  send(mail: Mail): Promise<void>;
  /** Ends what is under way and lets go of what it holds. */
  close(): Promise<void>;
}
