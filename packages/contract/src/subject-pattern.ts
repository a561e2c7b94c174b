/**
 * Subjects of events: words joined by dots. In a pattern `*` is exactly one word and a last `>` one word or more, as in NATS,
 * so that subjects can later cross machines unchanged.
 */

const MOST_CHARACTERS = 200;
/** Printable ASCII without the characters that mean something: dot, star, greater-than, space. */
const WORD = /^[!-)+-\-/-=?-~]+$/;

/** Whether `text` names one subject. */
export function isSubject(text: string): boolean {
  return text.length <= MOST_CHARACTERS && text.split(".").every((word) => WORD.test(word));
}

/** Whether `text` is a subject in which words may be `*` and the last may be `>`. */
export function isSubjectPattern(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return false;
  const words = text.split(".");
  return words.every((word, i) => WORD.test(word) || word === "*" || (word === ">" && i === words.length - 1));
}

/** A function that tells whether a subject fits `pattern`. */
export function subjectMatcher(pattern: string): (subject: string) => boolean {
  const words = pattern.split(".");
  if (!pattern.includes("*") && words.at(-1) !== ">") return (subject) => subject === pattern;
  return (subject) => coversWords(words, subject.split("."));
}

/** Whether every subject that fits `inner` fits `outer`; `inner` may be a subject itself. */
export function subjectCovers(outer: string, inner: string): boolean {
  return coversWords(outer.split("."), inner.split("."));
}

/** The pattern of what fits both; `undefined` when nothing does. */
export function intersectSubjects(a: string, b: string): string | undefined {
  const left = a.split(".");
  const right = b.split(".");
  const both: string[] = [];
  for (let i = 0; i < left.length || i < right.length; i++) {
    const [one, other] = [left[i], right[i]];
    if (one === undefined || other === undefined) return undefined;
    if (one === ">") return [...both, ...right.slice(i)].join(".");
    if (other === ">") return [...both, ...left.slice(i)].join(".");
    if (one !== other && one !== "*" && other !== "*") return undefined;
    both.push(one === "*" ? other : one);
  }
  return both.join(".");
}

function coversWords(outer: readonly string[], inner: readonly string[]): boolean {
  for (const [i, word] of outer.entries()) {
    const found = inner[i];
    if (word === ">") return found !== undefined;
    if (found === undefined || found === ">") return false;
    if (word !== "*" && word !== found) return false;
  }
  return inner.length === outer.length;
}
