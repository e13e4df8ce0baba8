/** URL parameters with secret values. */
const SECRET_PARAMETER =
  /([?&;](?:[\w-]*(?:password|passwd|pwd|secret|token)|pass|api[-_]?key|access[-_]?key)=)[^&#\s"']*/gi;

/** From a scheme to white space, the end of a JSON string, or the next URL of a list. */
const URL_IN_TEXT = /(?<![a-z\d+.-])[a-z\d+.-]+:\/\/(?:(?!"[,}\]:]|[,;|'"(]+[a-z\d+.-]+:\/\/)\S)*/gi;

/** `//`, `mysql://`, and the typing error `mysql//`. */
const SCHEME = /^[^:@/\s]*:?\/\//;

/**
 * The user and the text after its colon, up to the last @. So no part of a password with an unescaped @ or / stays
 * visible.
 */
const USER_INFO = /^([^:@/?#]*):.*@/s;

/** When a URL has no host, the password is in the port's place: `root:secret/db`. */
const PORT_OF_LETTERS = /^([^:@/?#[\]]+):(?!\d*(?:[/?#]|$))[^/?#]*/;

/**
 * The URL with `***` for its password and its secret parameters, safe for messages and logs. The text need not be a
 * valid URL. Also without a scheme, or with an `@` in the password, no part of the password is left. A port with
 * letters may be a password, so it is hidden too.
 */
export function redactUrl(url: string): string {
  const scheme = SCHEME.exec(url)?.[0] ?? '';
  const rest = url.slice(scheme.length);
  const hidden = rest.includes('@') ? rest.replace(USER_INFO, '$1:***@') : rest.replace(PORT_OF_LETTERS, '$1:***');
  return scheme + hidden.replace(SECRET_PARAMETER, '$1***');
}

/**
 * `text` with `***` for the password of every `scheme://user:password@` and for secret parameters of these URLs. The
 * text around a URL does not change. When a URL has no scheme, or white space in its password, it is found only if it
 * is in `given`: texts that may be URLs.
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

/** Paths of web sites may contain an @: `http://host:8080/users/@me`. */
const HTTP_PORT = /^https?:\/\/[^:@/?#]*:\d+[/?#]/i;
