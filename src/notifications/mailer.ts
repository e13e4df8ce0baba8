/** A mail to one person, plain text. */
export interface Mail {
  /** One plain address, `guest@example.test`. */
  to: string;
  /** An address, alone or as `Name <address>`. */
  from: string;
  subject: string;
  text: string;
  /**
   * `<left@right>`. It stays the same when the mail is sent again, so that a reader can find duplicates. @source RFC
   * 5322, 3.6.4.
   */
  messageId: string;
  /** Further headers, one line each. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Sends mails. */
export interface Mailer {
  /**
   * Resolves once somebody else has taken the mail. It is sent at least once: when it rejects, or the process ends
   * meanwhile, the mail may be out nevertheless.
   *
   * @throws `MAIL_FAILED`; not retriable when this mail will never be taken.
   */
  send(mail: Mail): Promise<void>;
  /** Ends mails under way and frees its connections. */
  close(): Promise<void>;
}
