/** Parameters of URLs whose values nobody but the server may see. */
const SECRET_PARAMETER =
  /([?&;](?:[\w-]*(?:password|passwd|pwd|secret|token)|pass|api[-_]?key|access[-_]?key)=)[^&#\s"']*/gi;

/** From a scheme to white space, the end of a text in JSON, or the next URL of a list. */
const URL_IN_TEXT = /(?<![a-z\d+.-])[a-z\d+.-]+:\/\/(?:(?!"[,}\]:]|[,;|'"(]+[a-z\d+.-]+:\/\/)\S)*/gi;

/** `//`, `mysql://`, and `mysql//` of somebody in a hurry. */
const SCHEME = /^[^:@/\s]*:?\/\//;

/**
 * The user's part and what is behind its colon, up to the last @: an unescaped @ or / in a password must not let a part
 * of it through.
 */
const USER_INFO = /^([^:@/?#]*):.*@/s;

/** Where no host is named the password stands where a port would: `root:secret/db`. */
const PORT_OF_LETTERS = /^([^:@/?#[\]]+):(?!\d*(?:[/?#]|$))[^/?#]*/;

/**
 * The URL with `***` in place of its password and of parameters that are secret, fit for messages and logs. It need be
 * none: also when the scheme was forgotten or an `@` stands in the password, no part of the password is left. A port of
 * letters may be a password, and is not shown either.
 */
export function redactUrl(url: string): string {
  const scheme = SCHEME.exec(url)?.[0] ?? '';
  const rest = url.slice(scheme.length);
  const hidden = rest.includes('@') ? rest.replace(USER_INFO, '$1:***@') : rest.replace(PORT_OF_LETTERS, '$1:***');
  return scheme + hidden.replace(SECRET_PARAMETER, '$1***');
}

/**
 * `text` with `***` for the password of every `scheme://user:password@` and for secret parameters of these URLs. What
 * stands around a URL stays as it is. A URL without a scheme, or with white space in its password, is known by being
 * among `given`: texts that may be URLs, as somebody wrote them.
 */
export function redactText(text: string, given: readonly string[] = []): string {
  const whole = given.reduce((known, each) => known.replaceAll(each, () => redactUrl(each)), text);
  return whole.replace(URL_IN_TEXT, redactToken);
}

function redactToken(token: string): string {
  const scheme = SCHEME.exec(token)?.[0] ?? '';
  const rest = token.slice(scheme.length);
  const hasUser = !HTTP_PORT.test(token) && rest.includes('@');
  return scheme + (hasUser ? rest.replace(USER_INFO, '$1:***@') : rest).replace(SECRET_PARAMETER, '$1***');
}

/** Paths of web sites hold an @ at times: `http://host:8080/users/@me`. */
const HTTP_PORT = /^https?:\/\/[^:@/?#]*:\d+[/?#]/i;
